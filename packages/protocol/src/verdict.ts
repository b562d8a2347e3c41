/**
 * Verdict: the only thing that comes out of the sandbox. A closed schema of at most 1 KiB; no free text, timing or score.
 * "Clear" is not a verdict: it is what policy concludes from a complete verdict without findings. Spec: DESIGN §4.
 */
import * as z from 'zod/mini';
import { LIMITS } from './limits.ts';
import { Media } from './surface.ts';

/** Why the sandbox could not finish. */
export type IncompleteReason =
  | 'format' // ciphertext, or a format that this build does not read
  | 'decode' // claims a format that it reads, and does not decode: truncated, corrupted, empty
  | 'too-large' // over a bound in bytes, pixels or side
  | 'list-missing' // a list that the plan or the order names is not there (yet)
  | 'model-missing'; // a model that the plan or the order names is not there (yet), or failed

/** Why a check ends `unscannable`: the sandbox's reasons, and the client's own. */
export type UnscannableReason =
  | IncompleteReason
  | 'deadline' // took too long
  | 'sandbox' // the sandbox could not start, died or lied
  | 'limit'; // too many checks at once

export interface KnownFinding {
  kind: 'known';
  /** Index into the plan's lists. */
  list: number;
  entry: number;
  /** `exact`: the file's SHA-256 is listed. `near`: its PDQ hash is. */
  match: 'exact' | 'near';
  /** Bits, 0 to 31; 0 where exact. */
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
  | { media: Media | 'unknown'; findings: Finding[]; complete: false; reason: IncompleteReason };

const from = (low: number, high: number): z.ZodMiniType<number> => z.int().check(z.gte(low), z.lte(high));

const Finding: z.ZodMiniType<Finding> = z.union([
  z.strictObject({
    kind: z.literal('known'),
    list: from(0, LIMITS.planLists - 1),
    entry: from(1, 0xffffffff),
    match: z.enum(['exact', 'near']),
    distance: from(0, 31),
  }),
  z.strictObject({ kind: z.literal('sensitive'), model: from(0, LIMITS.planModels - 1), bucket: from(0, 10) }),
]);
const Findings: z.ZodMiniType<Finding[]> = z.array(Finding).check(z.maxLength(LIMITS.findings));

/** Its largest value prints as fewer than 1 KiB of JSON (tested). */
export const Verdict: z.ZodMiniType<Verdict> = z.union([
  z.strictObject({ media: Media, findings: Findings, complete: z.literal(true) }),
  z.strictObject({
    media: z.union([Media, z.literal('unknown')]),
    findings: Findings,
    complete: z.literal(false),
    reason: z.enum(['format', 'decode', 'too-large', 'list-missing', 'model-missing']),
  }),
]);
