/**
 * Reads the source model of the npm package `nsfwjs`: Keras layers and 8-bit weights, stored in two scripts without logic.
 * Flow: package → here → fold. Promise: no other code of the package runs; these two run in an empty context.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { runInNewContext } from 'node:vm';

export interface Layer {
  readonly name: string;
  readonly class_name: string;
  readonly config: LayerConfig;
  /** One node, its inputs as [layer, node, tensor, arguments]. */
  readonly inbound_nodes: readonly (readonly (readonly [string, number, number, unknown])[])[];
}

/** The fields that the converter reads. Which are present depends on the layer's class. */
export interface LayerConfig {
  readonly padding?: 'same' | 'valid' | readonly (readonly [number, number])[];
  readonly kernel_size?: readonly [number, number];
  readonly strides?: readonly [number, number];
  readonly dilation_rate?: readonly [number, number];
  readonly pool_size?: readonly [number, number];
  readonly use_bias?: boolean;
  readonly activation?: string;
  readonly epsilon?: number;
  readonly max_value?: number;
  readonly batch_input_shape?: readonly (number | null)[];
}

/** A value is (code − zeroPoint) × scale: the source's `min` is a whole number of scales below 0 in all of its kernels. */
export interface Quantised {
  readonly shape: readonly number[];
  readonly codes: Uint8Array;
  readonly scale: number;
  readonly min: number;
}

/** One entry of the source's list of weights. */
export interface WeightEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly quantization: { readonly min: number; readonly scale: number; readonly dtype: string };
}

/** The source's model.json. */
export interface ModelJson {
  readonly modelTopology: { readonly model_config: { readonly config: { readonly layers: readonly Layer[] } } };
  readonly weightsManifest: readonly { readonly paths: readonly string[]; readonly weights: readonly WeightEntry[] }[];
}

export interface SourceModel {
  readonly json: ModelJson;
  /** The codes of all weights, concatenated in the order of `json`. */
  readonly weightData: Uint8Array<ArrayBuffer>;
}

export function readSource(): SourceModel {
  const entry = createRequire(import.meta.url).resolve('nsfwjs/models/mobilenet_v2');
  const folder = path.join(path.dirname(entry), '../../models/mobilenet_v2');
  const json = valueOf(path.join(folder, 'model.min.js')) as ModelJson;
  const shards = json.weightsManifest.flatMap(({ paths }) => paths);
  const bytes = shards.map((shard) => Buffer.from(valueOf(path.join(folder, `${shard}.min.js`)) as string, 'base64'));
  return { json, weightData: new Uint8Array(Buffer.concat(bytes)) };
}

export function layersOf({ json }: SourceModel): readonly Layer[] {
  return json.modelTopology.model_config.config.layers;
}

export function weightsOf({ json, weightData }: SourceModel): Map<string, Quantised> {
  const weights = new Map<string, Quantised>();
  let at = 0;
  for (const { name, shape, quantization } of json.weightsManifest.flatMap((group) => group.weights)) {
    if (quantization.dtype !== 'uint8') throw new Error(`${name} has the type ${quantization.dtype}, not uint8`);
    const length = shape.reduce((product, side) => product * side, 1);
    const { scale, min } = quantization;
    weights.set(name, { shape, codes: weightData.subarray(at, at + length), scale, min });
    at += length;
  }
  if (at !== weightData.length) throw new Error(`the source contains ${weightData.length} weights but lists ${at}`);
  return weights;
}

/** The code of a kernel's 0. */
export function zeroPointOf({ scale, min }: Quantised): number {
  const zeroPoint = Math.round(-min / scale);
  if (Math.abs(zeroPoint + min / scale) > 1e-6 || zeroPoint < 0 || zeroPoint > 255) {
    throw new Error(`0 is ${-min / scale}, which is not a code`);
  }
  return zeroPoint;
}

export function valuesOf({ codes, scale, min }: Quantised): Float64Array {
  return Float64Array.from(codes, (code) => code * scale + min);
}

/** A copy of what a CommonJS script exports. */
function valueOf(file: string): unknown {
  const module = { exports: {} as unknown };
  runInNewContext(readFileSync(file, 'utf8'), { module, exports: module.exports });
  return structuredClone(module.exports);
}
