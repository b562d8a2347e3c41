/** The classifier's code and its two runtimes as a host hands them to the sandbox. */
import { CLASSIFIER_CODE } from '../../client/src/content/classifier.generated.ts';
import leanUrl from '../dist/runtime.wasm?url';
import fullUrl from '../node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm?url';

export const code = CLASSIFIER_CODE;
/** The lean one. */
export const runtime: ArrayBuffer = await octets(leanUrl);
export const fullRuntime = (): Promise<ArrayBuffer> => octets(fullUrl);

async function octets(url: string): Promise<ArrayBuffer> {
  return (await fetch(url)).arrayBuffer();
}
