/** Runs the source model as nsfwjs does: tfjs layers on one thread of its WebAssembly backend. The oracle of the parity tests. */
import { createRequire } from 'node:module';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import { readSource } from '../src/source.ts';

const SIDE = 224;

/** @param pixels 224 × 224 RGB from 0 to 1, row by row @returns the probabilities of the five classes */
export type Classify = (pixels: Float32Array) => Promise<Float32Array>;

export async function loadSourceModel(): Promise<Classify> {
  const resolved = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(`${path.dirname(resolved)}/`);
  setThreadsCount(1);
  if (!(await tf.setBackend('wasm'))) throw new Error('tfjs could not start its WebAssembly backend');
  const { json, weightData } = readSource();
  const model = await loadLayersModel({
    load: () =>
      Promise.resolve({
        modelTopology: json.modelTopology,
        weightSpecs: json.weightsManifest.flatMap(({ weights }) => weights) as tf.io.WeightsManifestEntry[],
        weightData: weightData.buffer,
      }),
  });
  return async (pixels) => {
    const output = tf.tidy(() => model.predict(tf.tensor4d(pixels, [1, SIDE, SIDE, 3])) as tf.Tensor);
    const values = (await output.data()) as Float32Array;
    output.dispose();
    return values.slice();
  };
}
