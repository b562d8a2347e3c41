/**
 * Verdict: the result of a scan, the only data that leaves the sandbox. At most 3 KiB; no free text, timing or score.
 * "Clear" is not a verdict: policy concludes it from a complete verdict without findings.
 * Spec: docs/design/contracts.md#verdict
 */
import * as z from 'zod/mini';
import { LIMITS } from './limits.ts';
import { Media } from './surface.ts';

/** Why the sandbox could not complete a scan. */
export const INCOMPLETE_REASONS = [
  'format', // ciphertext, or a format that this build does not read
  'decode', // a known format that does not decode: truncated, corrupted or empty
  'too-large', // over a limit in bytes, pixels or side length
  'too-long', // an animation or a video of which only a part was looked at: it has more frames than the limits allow
  'codec', // this browser shows it, perhaps, but gives no script its frames; or it cannot search a locked list
  'list-missing', // a list that the plan or the order names is not available (yet)
  'model-missing', // a model that the plan or the order names is not available (yet), or failed
] as const;
export type IncompleteReason = (typeof INCOMPLETE_REASONS)[number];

/** Why the client could not complete a check. */
export const CLIENT_REASONS = [
  'deadline', // took too long
  'sandbox', // the sandbox did not start, terminated, or sent an invalid message
  'limit', // too many checks at the same time
] as const;

/** Why a check ends `unscannable`. */
export type UnscannableReason = IncompleteReason | (typeof CLIENT_REASONS)[number];

/** Whether the same check may end differently later. */
export const MAY_RETRY: Readonly<Record<UnscannableReason, boolean>> = {
  format: false,
  decode: false,
  'too-large': false,
  'too-long': false,
  codec: false,
  'list-missing': true,
  'model-missing': true,
  deadline: true,
  sandbox: true,
  limit: true,
};

/**
 * How a listed entry matched. `exact`: the content's SHA-256 is listed. `member`: the SHA-256 of a file inside it is; the host, which
 * hashes content as a whole, cannot confirm that, so it never signals. `near`: the content is a picture that has one look, and its PDQ
 * hash is near a listed one; or it is a video that is near a listed one. `part`: a part of the content, or one of several looks of it,
 * is near a listed picture or video: a picture inside a file or a JPEG, a frame of an animation, a transparent picture on one
 * background. A model that finds something may have found it in another part or look, so it never signals either.
 */
export const MATCH_KINDS = ['exact', 'near', 'member', 'part'] as const;
export type MatchKind = (typeof MATCH_KINDS)[number];

export interface KnownFinding {
  kind: 'known';
  /** Index into the plan's lists. */
  list: number;
  entry: number;
  match: MatchKind;
  /** Hamming distance in bits, 0 to 31; 0 for `exact` and `member`. */
  distance: number;
}

export interface SensitiveFinding {
  kind: 'sensitive';
  /** Index into the plan's models. */
  model: number;
  bucket: number;
}

export type Finding = KnownFinding | SensitiveFinding;

export type Verdict =
  | { media: Media; findings: Finding[]; complete: true }
  | {
      media: Media | 'unknown';
      findings: Finding[];
      complete: false;
      reason: Exclude<IncompleteReason, 'model-missing'>;
    }
  /** `failedModels`: indices into the plan's models, rising. With the reason `model-missing` nothing else is incomplete. */
  | {
      media: 'image';
      findings: Finding[];
      complete: false;
      reason: Exclude<IncompleteReason, 'list-missing'>;
      failedModels: number[];
    };

const from = (low: number, high: number): z.ZodMiniType<number> => z.int().check(z.gte(low), z.lte(high));

const Finding: z.ZodMiniType<Finding> = z.union([
  z.strictObject({
    kind: z.literal('known'),
    list: from(0, LIMITS.planLists - 1),
    entry: from(1, 0xffffffff),
    match: z.enum(MATCH_KINDS),
    distance: from(0, 31),
  }),
  z.strictObject({ kind: z.literal('sensitive'), model: from(0, LIMITS.planModels - 1), bucket: from(0, 10) }),
]);
/** One for each line of the largest plan: no finding is ever left out. */
export const MOST_FINDINGS: number = LIMITS.planLists + LIMITS.planModels;
const isRising = (numbers: readonly number[]): boolean =>
  numbers.every((each, i) => i === 0 || each > Number(numbers[i - 1]));
const FailedModels: z.ZodMiniType<number[]> = z
  .array(from(0, LIMITS.planModels - 1))
  .check(z.minLength(1), z.maxLength(LIMITS.planModels), z.refine(isRising, 'the indices must rise'));
const Findings: z.ZodMiniType<Finding[]> = z.array(Finding).check(z.maxLength(MOST_FINDINGS));

/** A test holds the largest value below 3 KiB of JSON. */
export const Verdict: z.ZodMiniType<Verdict> = z.union([
  z.strictObject({ media: Media, findings: Findings, complete: z.literal(true) }),
  z.strictObject({
    media: z.union([Media, z.literal('unknown')]),
    findings: Findings,
    complete: z.literal(false),
    reason: z.enum(['format', 'decode', 'too-large', 'too-long', 'codec', 'list-missing']),
  }),
  z.strictObject({
    media: z.literal('image'),
    findings: Findings,
    complete: z.literal(false),
    reason: z.enum(['format', 'decode', 'too-large', 'too-long', 'codec', 'model-missing']),
    failedModels: FailedModels,
  }),
]);
