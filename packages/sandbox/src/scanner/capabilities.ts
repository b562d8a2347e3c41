/**
 * The judgement of every name that a worker's global scope has in Chromium, Firefox and WebKit, with its reason.
 * `disarm.ts` leaves what is KEPT and takes away all else, also what is not written here. A test asks each engine for its
 * names, and fails on one that nobody has judged. Spec: HTML §10.2 (workers), DESIGN §1.
 */

export interface Judgement {
  readonly reason: string;
  /** Apart by white space. */
  readonly names: string;
}

export const KEPT: readonly Judgement[] = [
  {
    reason:
      'The language: it computes, and reaches nothing. The policy refuses `eval` and `Function` their texts; auditors’ tools look into a worker by `eval`.',
    names: `
      Array ArrayBuffer BigInt BigInt64Array BigUint64Array Boolean DataView Float16Array Float32Array Float64Array Function
      Infinity Int16Array Int32Array Int8Array Iterator JSON Map Math NaN Number Object Promise Proxy Reflect RegExp Set
      String Symbol Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakSet decodeURI decodeURIComponent
      encodeURI encodeURIComponent escape eval globalThis isFinite isNaN parseFloat parseInt undefined unescape`,
  },
  {
    reason: 'Errors, and what ends with a block.',
    names: `
      AggregateError AsyncDisposableStack DOMException DisposableStack Error EvalError InternalError RangeError
      ReferenceError SuppressedError SyntaxError TypeError URIError`,
  },
  {
    reason:
      'Its own scope, and how messages come to it. It can post to the sandbox’s window, which hears one first word, then only what concerns the classifier’s worker.',
    names: `
      DedicatedWorkerGlobalScope Event EventTarget MessageEvent MessagePort Symbol(Symbol.toStringTag) WorkerGlobalScope
      addEventListener constructor dispatchEvent postMessage removeEventListener self`,
  },
  {
    reason: 'Decodes pictures (decode/).',
    names: `
      Blob ImageBitmap ImageData ImageDecoder OffscreenCanvas OffscreenCanvasRenderingContext2D VideoFrame
      createImageBitmap`,
  },
  {
    reason: 'Hashes: PDQ’s kernel (its bytes are in base64), SHA-256, and text in the first block.',
    names: 'TextDecoder WebAssembly atob crypto',
  },
  {
    reason: 'Two constants that Chromium does not let go. They are numbers.',
    names: 'PERSISTENT TEMPORARY',
  },
];

export const REMOVED: readonly Judgement[] = [
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
    reason: 'Storage: nothing of an item may outlive it.',
    names: `
      Cache CacheStorage CookieStore Directory FileSystemDirectoryHandle FileSystemFileHandle FileSystemHandle
      FileSystemObserver FileSystemSyncAccessHandle FileSystemWritableFileStream IDBCursor IDBCursorWithValue IDBDatabase
      IDBFactory IDBIndex IDBKeyRange IDBObjectStore IDBOpenDBRequest IDBRecord IDBRequest IDBTransaction
      IDBVersionChangeEvent QuotaExceededError StorageBucket StorageBucketManager StorageManager caches cookieStore
      indexedDB webkitRequestFileSystem webkitRequestFileSystemSync webkitResolveLocalFileSystemSyncURL
      webkitResolveLocalFileSystemURL`,
  },
  {
    reason: 'Other contexts: a worker of its own, or a way to one that can talk.',
    names: `
      BroadcastChannel MessageChannel NavigationPreloadManager Notification PeriodicSyncManager PushManager
      PushSubscription PushSubscriptionOptions ServiceWorker ServiceWorkerContainer ServiceWorkerRegistration SharedWorker
      SyncManager Worker Lock LockManager`,
  },
  {
    reason: 'A clock, or what tells of time, load and memory: what is measured can be told by when.',
    names: `
      Atomics Date FinalizationRegistry Performance PerformanceEntry PerformanceMark PerformanceMeasure
      PerformanceObserver PerformanceObserverEntryList PerformanceResourceTiming PerformanceServerTiming PressureObserver
      PressureRecord Scheduler SharedArrayBuffer TaskController TaskPriorityChangeEvent TaskSignal Temporal WeakRef
      cancelAnimationFrame clearInterval clearTimeout performance queueMicrotask requestAnimationFrame scheduler
      setInterval setTimeout`,
  },
  {
    reason: 'Types for code that comes as a text: none does.',
    names: `
      TrustedHTML TrustedScript TrustedScriptURL TrustedTypePolicy TrustedTypePolicyFactory trustedTypes`,
  },
  {
    reason: 'Tells something: to a console, to who reports, to who debugs.',
    names: `
      ErrorEvent PromiseRejectionEvent Report ReportBody ReportingObserver SecurityPolicyViolationEvent TestUtils console
      dump reportError`,
  },
  {
    reason: 'Says who or where this is.',
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
    reason: 'The graphics card: its names tell of the device, and its drivers are much to attack.',
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
    reason: 'Video and audio: this build reads neither.',
    names: `
      AudioData AudioDecoder AudioEncoder AudioTrackConfiguration CropTarget EncodedAudioChunk EncodedVideoChunk
      MediaCapabilities MediaSource MediaSourceHandle MediaStreamTrack RestrictionTarget SourceBuffer SourceBufferList
      VideoColorSpace VideoDecoder VideoEncoder VideoTrackConfiguration`,
  },
  {
    reason: 'Drawing beyond one picture on white: fonts (which load), paths, gradients, styles.',
    names: `
      CanvasGradient CanvasPattern CSSImageValue CSSKeywordValue CSSMathClamp CSSMathInvert CSSMathMax CSSMathMin
      CSSMathNegate CSSMathProduct CSSMathSum CSSMathValue CSSMatrixComponent CSSNumericArray CSSNumericValue CSSPerspective
      CSSRotate CSSScale CSSSkew CSSSkewX CSSSkewY CSSStyleValue CSSTransformComponent CSSTransformValue CSSTranslate
      CSSUnitValue CSSUnparsedValue CSSVariableReferenceValue DOMMatrix DOMMatrixReadOnly DOMPoint DOMPointReadOnly DOMQuad
      DOMRect DOMRectReadOnly FontFace FontFaceSet FontFaceSetLoadEvent ImageBitmapRenderingContext Path2D
      StylePropertyMapReadOnly TextMetrics fonts`,
  },
  {
    reason: 'Streams, files and forms: content comes as buffers.',
    names: `
      ByteLengthQueuingStrategy CompressionStream CountQueuingStrategy DecompressionStream File FileList FileReader
      FileReaderSync FormData Observable ReadableByteStreamController ReadableStream ReadableStreamBYOBReader
      ReadableStreamBYOBRequest ReadableStreamDefaultController ReadableStreamDefaultReader Subscriber TextDecoderStream
      TextEncoderStream TransformStream TransformStreamDefaultController URL URLPattern URLSearchParams WritableStream
      WritableStreamDefaultController WritableStreamDefaultWriter`,
  },
  {
    reason: 'Not needed by name.',
    names: `
      AbortController AbortSignal CloseEvent CreateMonitor Crypto CryptoKey CustomEvent DOMStringList ImageTrack
      ImageTrackList ProgressEvent SubtleCrypto TextEncoder btoa close onerror onlanguagechange onmessage onmessageerror
      onoffline ononline onrejectionhandled onunhandledrejection structuredClone when`,
  },
];

/** `navigator` goes as a whole, and each of these goes from it, for whoever had taken hold of it. */
export const NAVIGATOR_REMOVED: readonly Judgement[] = [
  {
    reason: 'Network, storage and other contexts.',
    names: 'connection locks onLine sendBeacon serviceWorker storage storageBuckets',
  },
  {
    reason: 'Says who this is.',
    names: `
      appCodeName appName appVersion deviceMemory globalPrivacyControl hardwareConcurrency language languages
      mediaCapabilities permissions platform product userAgent userAgentData`,
  },
  { reason: 'Devices.', names: 'gpu hid serial usb' },
];
export const NAVIGATOR_KEPT: readonly Judgement[] = [
  {
    reason: 'What every object has; a constructor that constructs nothing.',
    names: 'constructor Symbol(Symbol.toStringTag)',
  },
];

export function namesOf(judgements: readonly Judgement[]): Set<string> {
  return new Set(judgements.flatMap(({ names }) => names.trim().split(/\s+/)));
}
