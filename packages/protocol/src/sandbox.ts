/**
 * Host ⇄ sandbox: every message that crosses. Down: boot, lists, plan, content. Up: a verdict, and SandboxEvents.
 * Calls go host → sandbox by comlink on the `calls` port (the sandbox exposes, the host wraps, never the other way); what the
 * sandbox asks or tells is a plain SandboxEvent on the `events` port. The gate checks all that comes up. Spec: DESIGN §1.
 */
import * as z from 'zod/mini';
import { LIMITS } from './limits.ts';
import type { SandboxModel } from './model.ts';
import { Digest, type FileDigest, type ManifestDigest } from './digest.ts';
import type { Media } from './surface.ts';
import type { Variant } from './order.ts';
import { Verdict } from './verdict.ts';

/** ⇣ To the sandbox's window, once, with the ports [calls, events]; the window passes it to the scanner and drops out. */
export interface BootMessage {
  type: 'lodestone-boot';
  /** Build digest of the sandbox that this client was published with. */
  build: Digest;
}

/** ⇣ A list, handed over as bytes; the `.lode` file's digest is its name from here on. */
export interface SandboxList {
  fileDigest: FileDigest;
  file: ArrayBuffer;
  /** Entry numbers that no longer count. */
  suppressed: Uint32Array;
}

/** One line of a plan: look on this list, for content of these media. */
export interface PlanList {
  fileDigest: FileDigest;
  media: Media[];
  maxDistance: number;
  minQuality: number;
  variants: Variant[];
}

/** Look with this model, at pictures. Below `minBucket` it finds nothing. */
export interface PlanModel {
  /** SHA-256 of its manifest. */
  manifestDigest: ManifestDigest;
  minBucket: number;
}

/**
 * ⇣ What to look for, compiled from the orders in force. A finding names a line by its index; a line yields one
 * finding at most: an exact one, else the nearest (then the first row). Content of no recognisable format counts as
 * `file` here. Content whose medium no line names is not decoded, and its verdict is complete and empty.
 */
export interface ScanPlan {
  lists: PlanList[];
  models: PlanModel[];
}

/** ⇣ One content item. Its bytes come in blocks, when the sandbox asks. */
export interface ScanJob {
  contentId: number;
  sizeBytes: number;
  plan: ScanPlan;
  /** The picture, reduced by the host: only where the sandbox's engine cannot decode a Blob in there (`needsBitmap`). */
  bitmap?: ImageBitmap;
}

/** ⇣ The sandbox's lazy part, as bytes: the sandbox's core holds the digests of both, and takes no others. */
export interface ClassifierPart {
  /** JavaScript in UTF-8: the classifier worker's. */
  code: ArrayBuffer;
  /** The WebAssembly of onnxruntime-web. */
  runtime: ArrayBuffer;
}

/** What the sandbox exposes. Every method answers with one of the shapes that `SANDBOX_ANSWERS` names; none throws. */
export interface SandboxCalls {
  load(list: SandboxList): LoadAnswer;
  unload(fileDigest: FileDigest): LoadAnswer;
  /** Starts the classifier's worker; one that runs already is ended first. */
  startClassifier(part: ClassifierPart): Promise<ClassifierAnswer>;
  loadModel(model: SandboxModel): Promise<ClassifierAnswer>;
  /** Whether a model is in and its last look gave a bucket, or what failed. Asked after a verdict `model-missing` only. */
  modelFault(manifestDigest: ManifestDigest): ClassifierAnswer;
  /** Gives back its memory, with all models. */
  endClassifier(): LoadAnswer;
  scan(job: ScanJob): Promise<Verdict>;
}

/** False where a list's bytes are not what their layout asks. */
export interface LoadAnswer {
  ok: boolean;
}
const LoadAnswer: z.ZodMiniType<LoadAnswer> = z.strictObject({ ok: z.boolean() });

/** Why there is no classifier, or not this model. */
export type ClassifierFault =
  | 'part' // its code or its runtime is not what the sandbox was built with
  | 'worker' // its worker did not start, or ended
  | 'runtime' // WebAssembly did not start, or failed: memory ran out, mostly
  | 'model'; // the file is no model that the runtime reads, or its shapes or its output are not the manifest's
export type ClassifierAnswer = { ok: true } | { ok: false; fault: ClassifierFault };
const ClassifierAnswer: z.ZodMiniType<ClassifierAnswer> = z.union([
  z.strictObject({ ok: z.literal(true) }),
  z.strictObject({ ok: z.literal(false), fault: z.enum(['part', 'worker', 'runtime', 'model']) }),
]);

/** Schema of each method's answer; the gate lets nothing else through. */
export const SANDBOX_ANSWERS: {
  readonly load: z.ZodMiniType<LoadAnswer>;
  readonly unload: z.ZodMiniType<LoadAnswer>;
  readonly startClassifier: z.ZodMiniType<ClassifierAnswer>;
  readonly loadModel: z.ZodMiniType<ClassifierAnswer>;
  readonly modelFault: z.ZodMiniType<ClassifierAnswer>;
  readonly endClassifier: z.ZodMiniType<LoadAnswer>;
  readonly scan: z.ZodMiniType<Verdict>;
} = {
  load: LoadAnswer,
  unload: LoadAnswer,
  startClassifier: ClassifierAnswer,
  loadModel: ClassifierAnswer,
  modelFault: ClassifierAnswer,
  endClassifier: LoadAnswer,
  scan: Verdict,
};

/** Why a sandbox document will not run. */
export type RefusedReason =
  | 'version' // it is of another build than the host's
  | 'digest' // it is not as it was published: something changed it on its way
  | 'origin' // its origin is not opaque
  | 'policy' // its own Content-Security-Policy is not in force
  | 'worker' // a policy of the host page (inlined) or of the server (served) refuses its worker
  | 'wasm' // … or WebAssembly
  | 'trusted-types'; // … or the name `lodestone-sandbox` for the types that it requires

/** ⇡ On the events port. */
export type SandboxEvent =
  /** The document's script runs, and looks at itself and at its policy. Always the first. */
  | { type: 'started'; build: Digest }
  /** The scanner runs. `needsBitmap`: it cannot decode stills from bytes, so the host must hand over a reduced one. */
  | { type: 'ready'; build: Digest; needsBitmap: boolean }
  /** The document will not run. */
  | { type: 'refused'; build: Digest; reason: RefusedReason }
  /** Blocks of 64 KiB, by index. */
  | { type: 'bytes-wanted'; contentId: number; first: number; count: number }
  /** Only rising within an item. */
  | { type: 'progress'; contentId: number; sixteenths: number };

const index = (high: number): z.ZodMiniType<number> => z.int().check(z.gte(0), z.lte(high));
const contentId = index(Number.MAX_SAFE_INTEGER);

const RefusedReason: z.ZodMiniType<RefusedReason> = z.enum([
  'version',
  'digest',
  'origin',
  'policy',
  'worker',
  'wasm',
  'trusted-types',
]);

export const SandboxEvent: z.ZodMiniType<SandboxEvent> = z.union([
  z.strictObject({ type: z.literal('started'), build: Digest }),
  z.strictObject({ type: z.literal('ready'), build: Digest, needsBitmap: z.boolean() }),
  z.strictObject({ type: z.literal('refused'), build: Digest, reason: RefusedReason }),
  z.strictObject({
    type: z.literal('bytes-wanted'),
    contentId,
    first: index(LIMITS.contentBytes / LIMITS.blockBytes),
    count: z.int().check(z.gte(1), z.lte(LIMITS.blocksWanted)),
  }),
  z.strictObject({ type: z.literal('progress'), contentId, sixteenths: z.int().check(z.gte(1), z.lte(16)) }),
]);

/** ⇣ On the events port: the answer to `bytes-wanted`, transferred. `bytes` is shorter than asked only at the content's end. */
export interface BytesMessage {
  type: 'bytes';
  contentId: number;
  first: number;
  bytes: ArrayBuffer;
}
