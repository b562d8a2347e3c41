/** Both models, started from bytes in a page. Each takes 224 × 224 RGB from 0 to 1. */
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import { env, InferenceSession, Tensor } from 'onnxruntime-web/wasm';

const SIDE = 224;

export type Run = () => Promise<ArrayLike<number>>;

/** Only bytes, so that the measured part uses no network. */
export interface OursInBytes {
  readonly model: Uint8Array<ArrayBuffer>;
  readonly runtime: ArrayBuffer;
}
export interface SourceInBytes {
  readonly json: string;
  readonly weights: ArrayBuffer;
  readonly runtime: ArrayBuffer;
}

export async function fetchOurs(): Promise<OursInBytes> {
  return { model: new Uint8Array(await bytesOf('ours.onnx')), runtime: await bytesOf('ours.wasm') };
}
export async function fetchSource(): Promise<SourceInBytes> {
  return {
    json: new TextDecoder().decode(await bytesOf('source.json')),
    weights: await bytesOf('source.weights'),
    runtime: await bytesOf('source.wasm'),
  };
}

export async function startOurs({ model, runtime }: OursInBytes): Promise<Run> {
  env.wasm.numThreads = 1;
  env.wasm.wasmBinary = runtime;
  const session = await InferenceSession.create(model, { executionProviders: ['wasm'] });
  const picture = new Tensor('float32', pixels(), [1, 3, SIDE, SIDE]);
  return async () => (await session.run({ picture }))['classes']?.data as Float32Array;
}

export async function startSource({ json, weights, runtime }: SourceInBytes): Promise<Run> {
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  const address = URL.createObjectURL(new Blob([runtime], { type: 'application/wasm' }));
  // tfjs requires a URL for each of its three builds; without threads it loads the one with SIMD.
  const builds = ['wasm', 'simd.wasm', 'threaded-simd.wasm'] as const;
  setWasmPaths(
    Object.fromEntries(builds.map((build) => [`tfjs-backend-wasm${build === 'wasm' ? '.' : '-'}${build}`, address])),
    true,
  );
  if (!(await tf.setBackend('wasm'))) throw new Error('tfjs could not start its WebAssembly backend');
  const { modelTopology, weightsManifest } = JSON.parse(json) as {
    modelTopology: object;
    weightsManifest: { weights: tf.io.WeightsManifestEntry[] }[];
  };
  const weightSpecs = weightsManifest.flatMap((group) => group.weights);
  const model = await loadLayersModel({
    load: () => Promise.resolve({ modelTopology, weightSpecs, weightData: weights }),
  });
  const picture = tf.tensor4d(pixels(), [1, SIDE, SIDE, 3]);
  return async () => {
    const output = model.predict(picture) as tf.Tensor;
    const values = await output.data();
    output.dispose();
    return values;
  };
}

/** Returns a function for the total size of the WebAssembly memories created since this call. A memory never shrinks. */
export function watchMemories(): () => number {
  const memories = new Set<WebAssembly.Memory>();
  const original = WebAssembly.instantiate;
  const keep = (value: unknown): void => void (value instanceof WebAssembly.Memory && memories.add(value));
  const watching = async (source: BufferSource, imports?: WebAssembly.Imports): Promise<unknown> => {
    for (const module of Object.values(imports ?? {})) Object.values(module).forEach(keep);
    const made = await original(source, imports);
    const instance = made instanceof WebAssembly.Instance ? made : made.instance;
    Object.values(instance.exports).forEach(keep);
    return made;
  };
  WebAssembly.instantiate = watching as typeof original;
  return () => [...memories].reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
}

async function bytesOf(name: string): Promise<ArrayBuffer> {
  return (await fetch(`/files/${name}`)).arrayBuffer();
}

function pixels(): Float32Array {
  return Float32Array.from({ length: SIDE * SIDE * 3 }, (_, i) => 0.5 + Math.sin(i / 97) / 2);
}
