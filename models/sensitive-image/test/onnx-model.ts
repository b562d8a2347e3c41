/** Runs an ONNX file of this package on one thread of onnxruntime-web's WebAssembly, as the sandbox does. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { env, InferenceSession, Tensor } from 'onnxruntime-web/wasm';
import { SPEC } from '../src/spec.ts';
import type { Classify } from './source-model.ts';

const RUNTIME = 'ort-wasm-simd-threaded.wasm';

export async function loadOnnxModel(model: Uint8Array<ArrayBuffer>): Promise<Classify> {
  const folder = path.dirname(createRequire(import.meta.url).resolve('onnxruntime-web/wasm'));
  env.wasm.numThreads = 1;
  env.wasm.wasmBinary = new Uint8Array(await readFile(path.join(folder, RUNTIME))).buffer;
  const session = await InferenceSession.create(model, { executionProviders: ['wasm'] });
  const { input, output } = SPEC;
  return async (pixels) => {
    const tensor = new Tensor('float32', channelsFirst(pixels), [1, 3, input.height, input.width]);
    const found = await session.run({ [input.name]: tensor }, [output.name]);
    return Float32Array.from(found[output.name]?.data as Float32Array);
  };
}

function channelsFirst(pixels: Float32Array): Float32Array {
  const plane = pixels.length / 3;
  return pixels.map((_, i) => pixels[(i % plane) * 3 + Math.floor(i / plane)] ?? 0);
}
