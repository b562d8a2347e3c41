/**
 * ModelManifest: what a provider signs for a version of a classifier. It fixes the ONNX file, the runtime that runs it, how
 * a picture becomes its input, and how its output becomes a bucket from 0 to 10: no score crosses a border. Spec: DESIGN §4.
 */
import * as z from 'zod/mini';
import { type DocumentKind, parseDocument, printDocument } from './document.ts';
import { LIMITS } from './limits.ts';
import type { Digest } from './digest.ts';
import { Name } from './name.ts';
import { TargetFile } from './paths.ts';
import { text } from './text.ts';
import { Instant } from './time.ts';

/** The picture, squeezed to these sides without regard to its shape; a value is (byte − mean) × scale. */
export interface ModelInput {
  /** The tensor's name in the ONNX file. It has one picture: float32, [1, height, width, 3] or [1, 3, height, width]. */
  name: string;
  width: number;
  height: number;
  layout: 'nhwc' | 'nchw';
  /** Red, green, blue. */
  mean: [number, number, number];
  scale: [number, number, number];
}

export interface ModelOutput {
  /** The tensor's name: float32, [1, classes], each value from 0 to 1. */
  name: string;
  classes: string[];
  /** Of the classes, those that count: their values' sum is the score. */
  sensitive: string[];
}

/** How often the model is right and wrong in a group of pictures, as measured by whoever answers for it. */
export interface GroupFigures {
  group: string;
  bucket: number;
  pictures: number;
  /** Shares of 1. */
  falseAlarms: number;
  found: number;
}

/** What the sandbox needs of a manifest to run its model. */
export interface ModelSpec {
  input: ModelInput;
  output: ModelOutput;
  /** Ten rising scores. A picture's bucket is how many of them its score reaches. */
  buckets: number[];
}

export interface ModelManifest extends ModelSpec {
  schema: 'lodestone/model/v1';
  model: Name;
  /** Rises by at least one with each release. */
  version: number;
  file: TargetFile;
  /** The WebAssembly of onnxruntime-web, whole or lean; a sandbox runs only the two that it was built with. */
  runtime: TargetFile;
  /** From the model's card. Without any, an order may warn and block by this model, and may not signal. */
  figures: GroupFigures[];
  notAfter: Instant;
}

const { modelSide, modelClasses, modelGroups } = LIMITS;
const side: z.ZodMiniType<number> = z.int().check(z.gte(1), z.lte(modelSide));
const share: z.ZodMiniType<number> = z.number().check(z.gte(0), z.lte(1));
const finite: z.ZodMiniType<number> = z.number().check(z.gte(-1e6), z.lte(1e6));
const colours: z.ZodMiniType<[number, number, number]> = z.tuple([finite, finite, finite]);
const label = text(80);
const areDifferent = (names: string[]): boolean => new Set(names).size === names.length;

const ModelInput: z.ZodMiniType<ModelInput> = z.strictObject({
  name: label,
  width: side,
  height: side,
  layout: z.enum(['nhwc', 'nchw']),
  mean: colours,
  scale: colours,
});

const ModelOutput: z.ZodMiniType<ModelOutput> = z
  .strictObject({
    name: label,
    classes: z
      .array(label)
      .check(z.minLength(1), z.maxLength(modelClasses), z.refine(areDifferent, 'a class stands twice')),
    sensitive: z
      .array(label)
      .check(z.minLength(1), z.maxLength(modelClasses), z.refine(areDifferent, 'a class stands twice')),
  })
  .check(
    z.refine(({ classes, sensitive }) => sensitive.every((name) => classes.includes(name)), {
      error: 'names a class that the model does not have',
      path: ['sensitive'],
    }),
  );

const Buckets: z.ZodMiniType<number[]> = z.array(z.number().check(z.gt(0), z.lte(1))).check(
  z.length(10),
  z.refine((scores) => scores.every((score, i) => i === 0 || score > (scores[i - 1] ?? 0)), 'not rising'),
);

export const ModelManifest: z.ZodMiniType<ModelManifest> = z.strictObject({
  schema: z.literal('lodestone/model/v1'),
  model: Name,
  version: z.int().check(z.gte(1)),
  file: TargetFile,
  runtime: TargetFile,
  input: ModelInput,
  output: ModelOutput,
  buckets: Buckets,
  figures: z
    .array(
      z.strictObject({
        group: label,
        bucket: z.int().check(z.gte(1), z.lte(10)),
        pictures: z.int().check(z.gte(1)),
        falseAlarms: share,
        found: share,
      }),
    )
    .check(z.maxLength(modelGroups)),
  notAfter: Instant,
});

const KIND: DocumentKind = { what: 'model manifest', maxBytes: LIMITS.manifestBytes };

/** @throws {LodestoneError} `ERR_SIZE`, `ERR_SCHEMA` */
export function parseModelManifest(bytes: Uint8Array): ModelManifest {
  return parseDocument(ModelManifest, bytes, KIND);
}
export function printModelManifest(manifest: ModelManifest): Uint8Array<ArrayBuffer> {
  return printDocument(ModelManifest, manifest, KIND);
}

/** ⇣ A model, handed to the sandbox as bytes. Its manifest's digest is its name from here on. */
export interface SandboxModel extends ModelSpec {
  manifestDigest: Digest;
  file: ArrayBuffer;
}
