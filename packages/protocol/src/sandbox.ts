/**
 * Every message between host and sandbox. Down: the boot message, lists, lazy parts, scan jobs, content. Up: answers and events.
 * The host calls by comlink on the `calls` port (the sandbox exposes, the host wraps, never the reverse). Events are plain messages
 * on the `events` port. The message gate checks everything that comes up. Spec: docs/design/contracts.md#sandbox-messages
 */
import * as z from 'zod/mini';
import { Digest, type FileDigest } from './digest.ts';
import { PART_FAULTS, type PartData, type PartDataDigest, type PartFault, type PartName } from './lazy-parts.ts';
import { LIMITS } from './limits.ts';
import type { ScanPlan } from './scan-plan.ts';
import { Verdict } from './verdict.ts';

export type { PlanList, PlanModel, ScanPlan } from './scan-plan.ts';

/** ⇣ Posted once to the sandbox's window, with the ports [calls, events]. The window passes the ports to the scanner. */
export interface BootMessage {
  type: 'lodestone-boot';
  /** Build digest of the sandbox that this client was published with. */
  build: Digest;
  modules?: ModuleCodes;
}

/** ⇣ JavaScript of lazy parts that are modules. The scanner starts with them. */
export type ModuleCodes = Partial<Record<PartName, string>>;

/** ⇣ A list as bytes. Later messages name it by the digest of its `.lode` file. */
export interface SandboxList {
  fileDigest: FileDigest;
  file: ArrayBuffer;
  /** Numbers of suppressed entries, which never match. */
  suppressed: Uint32Array;
}

/** ⇣ A lazy part's code. The sandbox accepts only the bytes whose digests its build pinned. */
export interface PartCode {
  /** JavaScript in UTF-8. Missing for a module, whose code came with the boot message. */
  code?: ArrayBuffer;
  /** The WebAssembly that the part runs, if its row in the lock file names any. */
  runtime?: ArrayBuffer;
}

/** ⇣ One content item. The sandbox requests its bytes in blocks. */
export interface ScanJob {
  contentId: number;
  sizeBytes: number;
  plan: ScanPlan;
}

/** The methods that the sandbox exposes. Each answers with the schema that `SANDBOX_ANSWERS` has for it; none throws. */
export interface SandboxCalls {
  /** Adds a list, or replaces it. */
  load(list: SandboxList): Promise<LoadAnswer>;
  unload(fileDigest: FileDigest): LoadAnswer;
  /** Starts a lazy part. If it runs already, it is ended first. */
  startPart(part: PartName, code: PartCode): Promise<PartAnswer>;
  /** Hands an item of data, such as a model, to a part that runs. Later calls name it by its digest. */
  loadIntoPart(part: PartName, digest: PartDataDigest, data: PartData): Promise<PartAnswer>;
  /** Whether the part holds the item of data with this digest, and its last run with it succeeded; if not, the fault. */
  partFault(part: PartName, digest: PartDataDigest): PartAnswer;
  /** Ends a part and frees its memory, with all data that it holds. */
  endPart(part: PartName): LoadAnswer;
  scan(job: ScanJob): Promise<Verdict>;
}

/** ⇡ `ok` is false if the bytes of a list do not have a list file's layout. */
export interface LoadAnswer {
  ok: boolean;
}
const LoadAnswer: z.ZodMiniType<LoadAnswer> = z.strictObject({ ok: z.boolean() });

/** ⇡ */
export type PartAnswer = { ok: true } | { ok: false; fault: PartFault };
const PartAnswer: z.ZodMiniType<PartAnswer> = z.union([
  z.strictObject({ ok: z.literal(true) }),
  z.strictObject({ ok: z.literal(false), fault: z.enum(PART_FAULTS) }),
]);

/** The schema of each method's answer. The message gate rejects every other answer. */
export const SANDBOX_ANSWERS: {
  readonly load: z.ZodMiniType<LoadAnswer>;
  readonly unload: z.ZodMiniType<LoadAnswer>;
  readonly startPart: z.ZodMiniType<PartAnswer>;
  readonly loadIntoPart: z.ZodMiniType<PartAnswer>;
  readonly partFault: z.ZodMiniType<PartAnswer>;
  readonly endPart: z.ZodMiniType<LoadAnswer>;
  readonly scan: z.ZodMiniType<Verdict>;
} = {
  load: LoadAnswer,
  unload: LoadAnswer,
  startPart: PartAnswer,
  loadIntoPart: PartAnswer,
  partFault: PartAnswer,
  endPart: LoadAnswer,
  scan: Verdict,
};

/** Why a sandbox document refuses to run. */
export const REFUSED_REASONS = [
  'version', // its build differs from what the host expects
  'digest', // its content does not have the digest that it carries: something changed it after it was published
  'origin', // its origin is not opaque
  'policy', // its own Content-Security-Policy is not in force
  'worker', // a policy of the host page (inlined) or of the server (served) blocks its worker
  'wasm', // such a policy blocks WebAssembly
  'trusted-types', // such a policy requires Trusted Types and does not allow `lodestone-sandbox`
] as const;
export type RefusedReason = (typeof REFUSED_REASONS)[number];
const RefusedReason: z.ZodMiniType<RefusedReason> = z.enum(REFUSED_REASONS);

/** ⇡ On the events port. */
export type SandboxEvent =
  /** The document's script runs and begins its checks. Always the first event. */
  | { type: 'started'; build: Digest }
  /** The scanner runs. `needsBitmap`: it cannot decode pictures from bytes, so it asks the host for bitmaps. */
  | { type: 'ready'; build: Digest; needsBitmap: boolean }
  /** The document refuses to run. */
  | { type: 'refused'; build: Digest; reason: RefusedReason }
  /** Requests `count` blocks of 64 KiB, beginning with block `first`. */
  | { type: 'bytes-wanted'; contentId: number; first: number; count: number }
  /** Requests the picture as a bitmap, after its header was read: only if `needsBitmap`, at most three times. */
  | { type: 'bitmap-wanted'; contentId: number; format: PictureFormat; size: BitmapSize }
  /** Rises with each event of an item. */
  | { type: 'progress'; contentId: number; sixteenths: number };

/** `reduced`: at most LIMITS.hashSide pixels a side, each side on its own. `full`: all pixels, of a picture that the reduction would distort. */
export type BitmapSize = 'reduced' | 'full';
const BITMAP_SIZES = ['reduced', 'full'] as const satisfies readonly BitmapSize[];

/** The pictures that are decoded, by the types that decoders take. */
export type PictureFormat = 'image/jpeg' | 'image/png' | 'image/webp' | 'image/gif' | 'image/avif' | 'image/bmp';

/**
 * How each format ends. The host appends the end, because WebKit shows what there is of a cut
 * picture, but makes an empty bitmap of it. Decoders ignore bytes that follow the end.
 */
export const PICTURE_ENDS: Readonly<Record<PictureFormat, readonly number[]>> = {
  'image/jpeg': [0xff, 0xd9], // EOI
  'image/png': [0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82], // IEND
  'image/gif': [0, 0x3b], // the end of coded data, and the trailer
  'image/bmp': [0, 0, 0], // the padding of the last row
  'image/webp': [],
  'image/avif': [],
};
const PICTURE_FORMATS = Object.keys(PICTURE_ENDS) as [PictureFormat, ...PictureFormat[]];

const index = (high: number): z.ZodMiniType<number> => z.int().check(z.gte(0), z.lte(high));
const contentId = index(Number.MAX_SAFE_INTEGER);

export const SandboxEvent: z.ZodMiniType<SandboxEvent> = z.union([
  z.strictObject({ type: z.literal('started'), build: Digest }),
  z.strictObject({ type: z.literal('ready'), build: Digest, needsBitmap: z.boolean() }),
  z.strictObject({ type: z.literal('refused'), build: Digest, reason: RefusedReason }),
  z.strictObject({
    type: z.literal('bytes-wanted'),
    contentId,
    first: index(LIMITS.videoBytes / LIMITS.blockBytes),
    count: z.int().check(z.gte(1), z.lte(LIMITS.blocksWanted)),
  }),
  z.strictObject({
    type: z.literal('bitmap-wanted'),
    contentId,
    format: z.enum(PICTURE_FORMATS),
    size: z.enum(BITMAP_SIZES),
  }),
  z.strictObject({ type: z.literal('progress'), contentId, sixteenths: z.int().check(z.gte(1), z.lte(16)) }),
]);

/** ⇣ On the events port, transferred: answers `bytes-wanted`. `bytes` is shorter than requested only at the content's end. */
export interface BytesMessage {
  type: 'bytes';
  contentId: number;
  first: number;
  bytes: ArrayBuffer;
}

/** ⇣ On the events port, transferred: answers `bitmap-wanted`. Without `picture` the engine does not decode it. */
export interface BitmapMessage {
  type: 'bitmap';
  contentId: number;
  picture?: HostBitmap;
}

/** A picture that the host decoded. */
export interface HostBitmap {
  bitmap: ImageBitmap;
  /** The picture's size before it was reduced, as it is shown. */
  width: number;
  height: number;
}
