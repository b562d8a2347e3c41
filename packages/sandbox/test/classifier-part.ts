/** The classifier's code and its two runtimes as a host hands them to the sandbox. */
import code from '../dist/classifier.mjs?raw';
import leanUrl from '../dist/runtime.wasm?url';
import fullUrl from '../node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm?url';

export { code };
/** The lean one. */
export const runtime: ArrayBuffer = await octets(leanUrl);
export const fullRuntime = (): Promise<ArrayBuffer> => octets(fullUrl);

async function octets(url: string): Promise<ArrayBuffer> {
  return (await fetch(url)).arrayBuffer();
}
