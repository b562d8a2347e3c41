/** The classifier's code and its two runtimes, as a host hands them to the sandbox. For tests in a browser. */
import CLASSIFIER_CODE from '../dist/classifier.mjs?raw';
import trimmedUrl from '../dist/runtime.wasm?url';
import fullUrl from '../node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm?url';

export const code: string = CLASSIFIER_CODE;
/** The trimmed one. */
export const runtime: ArrayBuffer = await bytesOf(trimmedUrl);
export const fullRuntime = (): Promise<ArrayBuffer> => bytesOf(fullUrl);

async function bytesOf(url: string): Promise<ArrayBuffer> {
  return (await fetch(url)).arrayBuffer();
}
