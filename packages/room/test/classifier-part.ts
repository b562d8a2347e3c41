/** The classifier's code and runtime as a host hands them to the room. */
import { CLASSIFIER_CODE } from '../../client/src/content/classifier.generated.ts';
import runtimeUrl from '../node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm?url';

export const code = CLASSIFIER_CODE;
export const runtime: ArrayBuffer = await (await fetch(runtimeUrl)).arrayBuffer();
