/**
 * A contest of a decision: what the account service passes on to the receiver, and what comes back. A receipt names the
 * signal; nothing here names an account, an entry or an order. Flow: user → account service → receiver → account service.
 * Spec: docs/design/receiver.md#contests
 */
import * as z from 'zod/mini';
import { CASE_REASONS, type CaseReason } from './case-review.ts';
import { parseDocument } from './document.ts';
import { Instant } from './time.ts';

/** Of the body of a contest, which is JSON and may take six bytes for each character. Not in LIMITS, which each host's page loads. */
export const CONTEST_BYTES = 16_384;
/** What people write, in UTF-16 code units. */
const STATEMENT_CHARS = 2_000;

/** 80 bits in base32, in groups of four: `MFRG-GZDF-MZTW-Q2LK`. */
export type Receipt = string & z.$brand<'Receipt'>;
export const Receipt: z.ZodMiniType<Receipt> = z
  .string()
  .check(z.regex(/^[A-Z2-7]{4}(?:-[A-Z2-7]{4}){3}$/, 'not a receipt such as MFRG-GZDF-MZTW-Q2LK'))
  .brand<'Receipt'>();

/** What people write: several lines, no other control characters. */
export const Statement: z.ZodMiniType<string> = z.string().check(
  z.minLength(1),
  z.maxLength(STATEMENT_CHARS),
  z.refine((text) => !/[^\P{Cc}\n]/u.test(text), 'contains control characters'),
);

/** Body of `POST /v1/contests`. */
export interface ContestRequest {
  receipt: Receipt;
  /** Why the user thinks that the decision is wrong. */
  text: string;
}

/** Answer to `POST /v1/contests`. It does not depend on the receipt. */
export interface ContestAnswer {
  /** The UTC day by which there is an outcome, `2026-12-14`. */
  due: string;
}

/** Body of `POST /v1/contests/outcome`. */
export interface OutcomeRequest {
  receipt: Receipt;
}

export const CONTEST_OUTCOMES = [
  'upheld', // the decision stands
  'overturned', // the decision does not stand
  'dismissed', // people decided for the user before the contest was judged
  'no-decision', // nobody has decided against the user; a later decision replaces this outcome
] as const;
export type ContestOutcome = (typeof CONTEST_OUTCOMES)[number];

export interface ContestResult {
  receipt: Receipt;
  outcome: ContestOutcome;
  /** Why the case was dismissed, or the decision overturned. */
  reason?: CaseReason | undefined;
  /** A sentence for the user. */
  answer?: string | undefined;
  /** UTC day of the outcome. */
  day: string;
}

/** Answer to `POST /v1/contests/outcome`: null without an outcome, also for a receipt that nobody knows. */
export interface OutcomeAnswer {
  result: ContestResult | null;
}

export const CONTEST_EVENTS = [
  'contest.outcome',
  'contest.entry-withdrawn', // the list's authority withdrew an entry after the outcome
] as const;

/** Body of a callback. */
export interface ContestEvent {
  type: (typeof CONTEST_EVENTS)[number];
  timestamp: Instant;
  data: ContestResult;
}

export const ContestRequest: z.ZodMiniType<ContestRequest> = z.strictObject({ receipt: Receipt, text: Statement });
export const OutcomeRequest: z.ZodMiniType<OutcomeRequest> = z.strictObject({ receipt: Receipt });

const day = z.string().check(z.regex(/^\d{4}-\d\d-\d\d$/));
export const ContestAnswer: z.ZodMiniType<ContestAnswer> = z.strictObject({ due: day });
const ContestResult: z.ZodMiniType<ContestResult> = z.strictObject({
  receipt: Receipt,
  outcome: z.enum(CONTEST_OUTCOMES),
  reason: z.optional(z.enum(CASE_REASONS)),
  answer: z.optional(Statement),
  day,
});
export const OutcomeAnswer: z.ZodMiniType<OutcomeAnswer> = z.strictObject({ result: z.nullable(ContestResult) });
const ContestEvent: z.ZodMiniType<ContestEvent> = z.strictObject({
  type: z.enum(CONTEST_EVENTS),
  timestamp: Instant,
  data: ContestResult,
});

/** Reads the body of a callback, after its signature was verified. @throws {LodestoneError} `ERR_SIZE`, `ERR_SCHEMA` */
export function parseContestEvent(bytes: Uint8Array): ContestEvent {
  return parseDocument(ContestEvent, bytes, { what: 'callback', maxBytes: CONTEST_BYTES });
}
