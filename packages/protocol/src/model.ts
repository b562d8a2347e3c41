/**
 * ModelManifest: the document that a provider signs for a version of a classifier. It fixes the ONNX file, the runtime, how
 * a picture becomes the input, and how the output becomes a bucket from 0 to 10. Scores never leave the sandbox.
 * Spec: docs/design/contracts.md#model-manifest
 */
import * as z from 'zod/mini';
import { type DocumentKind, parseDocument, printDocument } from './document.ts';
import { LIMITS } from './limits.ts';
import type { FileDigest, ManifestDigest } from './digest.ts';
import { Name } from './name.ts';
import { TargetFile } from './paths.ts';
import { text } from './text.ts';
import { Instant } from './time.ts';

/** Order of a tensor's dimensions: n pictures, c channels, h rows, w columns. */
export const TENSOR_LAYOUTS = ['nhwc', 'nchw'] as const;
export type TensorLayout = (typeof TENSOR_LAYOUTS)[number];

/** The picture, resized to these sides without keeping its aspect ratio. A value is (byte − mean) × scale. */
export interface ModelInput {
  /** The tensor's name in the ONNX file. It holds one picture: float32, [1, height, width, 3] or [1, 3, height, width]. */
  name: string;
  width: number;
  height: number;
  layout: TensorLayout;
  /** Red, green, blue. */
  mean: [number, number, number];
  scale: [number, number, number];
}

export interface ModelOutput {
  /** The tensor's name: float32, [1, classes], each value from 0 to 1. */
  name: string;
  classes: string[];
  /** The classes whose values add up to the score. */
  sensitive: string[];
}

/** How often the model is right and wrong on a group of pictures, as measured by its publisher. */
export interface GroupFigures {
  group: string;
  bucket: number;
  pictures: number;
  /** Fractions from 0 to 1. */
  falseAlarms: number;
  found: number;
}

/** The part of a manifest that the sandbox needs to run the model. */
export interface ModelSpec {
  input: ModelInput;
  output: ModelOutput;
  /** Ten increasing scores. A picture's bucket is the number of scores that its own score reaches. */
  buckets: number[];
}

export interface ModelManifest extends ModelSpec {
  schema: 'lodestone/model/v1';
  model: Name;
  /** Increases by at least one with each release. */
  version: number;
  file: TargetFile<FileDigest>;
  /** The WebAssembly of onnxruntime-web, full or reduced. A sandbox runs only the two files that it was built with. */
  runtime: TargetFile;
  /** From the model card. Without figures an order may warn and block by this model, but not signal. */
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
  layout: z.enum(TENSOR_LAYOUTS),
  mean: colours,
  scale: colours,
});

const ModelOutput: z.ZodMiniType<ModelOutput> = z
  .strictObject({
    name: label,
    classes: z
      .array(label)
      .check(z.minLength(1), z.maxLength(modelClasses), z.refine(areDifferent, 'contains a class twice')),
    sensitive: z
      .array(label)
      .check(z.minLength(1), z.maxLength(modelClasses), z.refine(areDifferent, 'contains a class twice')),
  })
  .check(
    z.refine(({ classes, sensitive }) => sensitive.every((name) => classes.includes(name)), {
      error: 'names a class that the model does not have',
      path: ['sensitive'],
    }),
  );

const Buckets: z.ZodMiniType<number[]> = z.array(z.number().check(z.gt(0), z.lte(1))).check(
  z.length(10),
  z.refine((scores) => scores.every((score, i) => i === 0 || score > (scores[i - 1] ?? 0)), 'not strictly increasing'),
);

export const ModelManifest: z.ZodMiniType<ModelManifest> = z.strictObject({
  schema: z.literal('lodestone/model/v1'),
  model: Name,
  version: z.int().check(z.gte(1)),
  file: TargetFile as z.ZodMiniType as z.ZodMiniType<TargetFile<FileDigest>>,
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

/** Host → sandbox: a model as bytes. Messages refer to it by the digest of its manifest. */
export interface SandboxModel extends ModelSpec {
  manifestDigest: ManifestDigest;
  file: ArrayBuffer;
}
