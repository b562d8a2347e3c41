/**
 * Lists every name that a worker's global scope has in Chromium, Firefox and WebKit as kept or removed, with a reason.
 * `lock-down-scope.ts` keeps KEPT and removes all other names, including those not listed here. A test asks each engine for its names
 * and fails on one that is not listed. Spec: docs/design/sandbox.md#scope-lockdown, HTML §10.2 (workers)
 */

export interface NameGroup {
  readonly reason: string;
  /** Separated by white space. */
  readonly names: string;
}

export const KEPT: readonly NameGroup[] = [
  {
    reason:
      'The language: it computes, and reaches nothing outside. The policy blocks `eval` and `Function`; auditors’ tools inspect a worker by `eval`.',
    names: `
      Array ArrayBuffer BigInt BigInt64Array BigUint64Array Boolean DataView Float16Array Float32Array Float64Array Function
      Infinity Int16Array Int32Array Int8Array Iterator JSON Map Math NaN Number Object Promise Proxy Reflect RegExp Set
      String Symbol Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakSet decodeURI decodeURIComponent
      encodeURI encodeURIComponent escape eval globalThis isFinite isNaN parseFloat parseInt undefined unescape`,
  },
  {
    reason: 'Errors, and resources that are disposed of at the end of a block.',
    names: `
      AggregateError AsyncDisposableStack DOMException DisposableStack Error EvalError InternalError RangeError
      ReferenceError SuppressedError SyntaxError TypeError URIError`,
  },
  {
    reason:
      'Its own scope, and receiving messages. It can post to the sandbox’s window, which accepts one first message, then only requests to start or end workers of lazy parts.',
    names: `
      DedicatedWorkerGlobalScope Event EventTarget MessageEvent MessagePort Symbol(Symbol.toStringTag) WorkerGlobalScope
      addEventListener constructor dispatchEvent postMessage removeEventListener self`,
  },
  {
    reason: 'Decodes pictures (decode/); a stream in memory, for what can be decoded of a damaged one.',
    names: `
      Blob ImageBitmap ImageData ImageDecoder OffscreenCanvas OffscreenCanvasRenderingContext2D ReadableStream VideoFrame
      createImageBitmap`,
  },
  {
    reason: 'Decodes videos (parts/video): chunks go in, frames come out.',
    names: 'EncodedVideoChunk TextEncoder VideoColorSpace VideoDecoder',
  },
  {
    reason: 'Opens archives and documents (parts/containers): compressed bytes go in, bytes come out.',
    names: 'DecompressionStream',
  },
  {
    reason: 'Hashes: PDQ’s kernel (its bytes are in base64), SHA-256, and text in the first block.',
    names: 'TextDecoder WebAssembly atob crypto',
  },
  {
    reason: 'Two constants that Chromium does not let scripts delete. They are numbers.',
    names: 'PERSISTENT TEMPORARY',
  },
];

export const REMOVED: readonly NameGroup[] = [
  {
    reason: 'Network.',
    names: `
      BackgroundFetchManager BackgroundFetchRecord BackgroundFetchRegistration EventSource Headers RTCDataChannel
      RTCEncodedAudioFrame RTCEncodedVideoFrame RTCRtpScriptTransformer RTCTransformEvent Request Response WebSocket
      WebSocketError WebSocketStream WebTransport WebTransportBidirectionalStream WebTransportDatagramDuplexStream
      WebTransportError WebTransportReceiveStream WebTransportSendStream XMLHttpRequest XMLHttpRequestEventTarget
      XMLHttpRequestUpload fetch fetchLater importScripts onrtctransform`,
  },
  {
    reason: 'Storage: no data of an item may outlive it.',
    names: `
      Cache CacheStorage CookieStore Directory FileSystemDirectoryHandle FileSystemFileHandle FileSystemHandle
      FileSystemObserver FileSystemSyncAccessHandle FileSystemWritableFileStream IDBCursor IDBCursorWithValue IDBDatabase
      IDBFactory IDBIndex IDBKeyRange IDBObjectStore IDBOpenDBRequest IDBRecord IDBRequest IDBTransaction
      IDBVersionChangeEvent QuotaExceededError StorageBucket StorageBucketManager StorageManager caches cookieStore
      indexedDB webkitRequestFileSystem webkitRequestFileSystemSync webkitResolveLocalFileSystemSyncURL
      webkitResolveLocalFileSystemURL`,
  },
  {
    reason: 'Other contexts: further workers, or a way to a context with network access.',
    names: `
      BroadcastChannel MessageChannel NavigationPreloadManager Notification PeriodicSyncManager PushManager
      PushSubscription PushSubscriptionOptions ServiceWorker ServiceWorkerContainer ServiceWorkerRegistration SharedWorker
      SyncManager Worker Lock LockManager`,
  },
  {
    reason: 'Clocks, and measures of time, load and memory: timing is a side channel.',
    names: `
      Atomics Date FinalizationRegistry Performance PerformanceEntry PerformanceMark PerformanceMeasure
      PerformanceObserver PerformanceObserverEntryList PerformanceResourceTiming PerformanceServerTiming PressureObserver
      PressureRecord Scheduler SharedArrayBuffer TaskController TaskPriorityChangeEvent TaskSignal Temporal WeakRef
      cancelAnimationFrame clearInterval clearTimeout performance queueMicrotask requestAnimationFrame scheduler
      setInterval setTimeout`,
  },
  {
    reason: 'Types for code in strings: the scanner takes none.',
    names: `
      TrustedHTML TrustedScript TrustedScriptURL TrustedTypePolicy TrustedTypePolicyFactory trustedTypes`,
  },
  {
    reason: 'Output: to a console, to reporting, to a debugger.',
    names: `
      ErrorEvent PromiseRejectionEvent Report ReportBody ReportingObserver SecurityPolicyViolationEvent TestUtils console
      dump reportError`,
  },
  {
    reason: 'Identifies the user, the browser or the page.',
    names: `
      Intl NavigatorUAData NetworkInformation Origin Permissions PermissionStatus UserActivation WorkerLocation
      WorkerNavigator crossOriginIsolated isSecureContext location name navigator origin`,
  },
  {
    reason: 'Devices and sensors.',
    names: `
      HID HIDConnectionEvent HIDDevice HIDInputReportEvent IdleDetector Serial SerialPort USB USBAlternateInterface
      USBConfiguration USBConnectionEvent USBDevice USBEndpoint USBInTransferResult USBInterface
      USBIsochronousInTransferPacket USBIsochronousInTransferResult USBIsochronousOutTransferPacket
      USBIsochronousOutTransferResult USBOutTransferResult`,
  },
  {
    reason: 'The graphics card: it identifies the device, and drivers are a large attack surface.',
    names: `
      GPU GPUAdapter GPUAdapterInfo GPUBindGroup GPUBindGroupLayout GPUBuffer GPUBufferUsage GPUCanvasContext GPUColorWrite
      GPUCommandBuffer GPUCommandEncoder GPUCompilationInfo GPUCompilationMessage GPUComputePassEncoder GPUComputePipeline
      GPUDevice GPUDeviceLostInfo GPUError GPUExternalTexture GPUInternalError GPUMapMode GPUOutOfMemoryError
      GPUPipelineError GPUPipelineLayout GPUQuerySet GPUQueue GPURenderBundle GPURenderBundleEncoder GPURenderPassEncoder
      GPURenderPipeline GPUSampler GPUShaderModule GPUShaderStage GPUSupportedFeatures GPUSupportedLimits GPUTexture
      GPUTextureUsage GPUTextureView GPUUncapturedErrorEvent GPUValidationError WGSLLanguageFeatures
      WebGL2RenderingContext WebGLActiveInfo WebGLBuffer WebGLContextEvent WebGLFramebuffer WebGLObject WebGLProgram
      WebGLQuery WebGLRenderbuffer WebGLRenderingContext WebGLSampler WebGLShader WebGLShaderPrecisionFormat WebGLSync
      WebGLTexture WebGLTransformFeedback WebGLUniformLocation WebGLVertexArrayObject`,
  },
  {
    reason: 'Sound, encoders, and players: nothing is played or encoded.',
    names: `
      AudioData AudioDecoder AudioEncoder AudioTrackConfiguration CropTarget EncodedAudioChunk MediaCapabilities MediaSource MediaSourceHandle MediaStreamTrack RestrictionTarget SourceBuffer SourceBufferList
      VideoEncoder VideoTrackConfiguration`,
  },
  {
    reason: 'Drawing other than one picture on white: fonts (which are loaded), paths, gradients, styles.',
    names: `
      CanvasGradient CanvasPattern CSSImageValue CSSKeywordValue CSSMathClamp CSSMathInvert CSSMathMax CSSMathMin
      CSSMathNegate CSSMathProduct CSSMathSum CSSMathValue CSSMatrixComponent CSSNumericArray CSSNumericValue CSSPerspective
      CSSRotate CSSScale CSSSkew CSSSkewX CSSSkewY CSSStyleValue CSSTransformComponent CSSTransformValue CSSTranslate
      CSSUnitValue CSSUnparsedValue CSSVariableReferenceValue DOMMatrix DOMMatrixReadOnly DOMPoint DOMPointReadOnly DOMQuad
      DOMRect DOMRectReadOnly FontFace FontFaceSet FontFaceSetLoadEvent ImageBitmapRenderingContext Path2D
      StylePropertyMapReadOnly TextMetrics fonts`,
  },
  {
    reason: 'Streams, files and forms: content arrives as buffers.',
    names: `
      ByteLengthQueuingStrategy CompressionStream CountQueuingStrategy File FileList FileReader
      FileReaderSync FormData Observable ReadableByteStreamController ReadableStreamBYOBReader
      ReadableStreamBYOBRequest ReadableStreamDefaultController ReadableStreamDefaultReader Subscriber TextDecoderStream
      TextEncoderStream TransformStream TransformStreamDefaultController URL URLPattern URLSearchParams WritableStream
      WritableStreamDefaultController WritableStreamDefaultWriter`,
  },
  {
    reason: 'Not needed by name.',
    names: `
      AbortController AbortSignal CloseEvent CreateMonitor Crypto CryptoKey CustomEvent DOMStringList ImageTrack
      ImageTrackList ProgressEvent SubtleCrypto btoa close onerror onlanguagechange onmessage onmessageerror
      onoffline ononline onrejectionhandled onunhandledrejection structuredClone when`,
  },
];

/** `navigator` is removed as a whole. These are also removed from the object itself, in case a script kept a reference to it. */
export const NAVIGATOR_REMOVED: readonly NameGroup[] = [
  {
    reason: 'Network, storage and other contexts.',
    names: 'connection locks onLine sendBeacon serviceWorker storage storageBuckets',
  },
  {
    reason: 'Identifies the user or the browser.',
    names: `
      appCodeName appName appVersion deviceMemory globalPrivacyControl hardwareConcurrency language languages
      mediaCapabilities permissions platform product userAgent userAgentData`,
  },
  { reason: 'Devices.', names: 'gpu hid serial usb' },
];
export const NAVIGATOR_KEPT: readonly NameGroup[] = [
  {
    reason: 'Every object has them; this constructor throws.',
    names: 'constructor Symbol(Symbol.toStringTag)',
  },
];

export function namesOf(groups: readonly NameGroup[]): Set<string> {
  return new Set(groups.flatMap(({ names }) => names.trim().split(/\s+/)));
}
