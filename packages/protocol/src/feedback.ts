/**
 * Feedback for a list's authority: one line for each entry of a case whose decision was overturned, and for
 * each entry that a lead questions. It names no subject, case
 * or order. Flow: receiver/feedback → a file → `lodestone-authority feedback`. Spec: docs/design/receiver.md#feedback
 */
import * as z from 'zod/mini';
import { CASE_REASONS, type CaseReason } from './case-review.ts';
import { check } from './document.ts';
import { LodestoneError } from './error.ts';
import { Name } from './name.ts';

export const FEEDBACK_SCHEMA = 'lodestone/feedback/v1';
export const FEEDBACK_LINES = 100_000;

/** Why a decision was overturned; or `flood`: many subjects matched the entry at once, and a lead questions it. */
export type FeedbackReason = CaseReason | 'flood';

export interface FeedbackLine {
  schema: typeof FEEDBACK_SCHEMA;
  list: Name;
  entry: number;
  /** `wrong-match` and `flood` question the entry; the others question the case. */
  reason: FeedbackReason;
  evidence: 'exact' | 'confirmed';
  /** UTC day on which the decision was overturned, or the entry questioned. */
  day: string;
}

const FeedbackLine: z.ZodMiniType<FeedbackLine> = z.strictObject({
  schema: z.literal(FEEDBACK_SCHEMA),
  list: Name,
  entry: z.int().check(z.gte(0), z.lte(0xffff_ffff)),
  reason: z.enum([...CASE_REASONS, 'flood']),
  evidence: z.enum(['exact', 'confirmed']),
  day: z.string().check(z.regex(/^\d{4}-\d\d-\d\d$/)),
});

/** Reads a file of feedback (NDJSON). @throws {LodestoneError} `ERR_SIZE`, `ERR_SCHEMA` with the line's number */
export function parseFeedback(ndjson: string): FeedbackLine[] {
  const lines = ndjson.split('\n');
  if (lines.pop() !== '') throw new LodestoneError('ERR_SCHEMA', 'feedback: its last line is cut off');
  if (lines.length > FEEDBACK_LINES)
    throw new LodestoneError('ERR_SIZE', `feedback: more than ${FEEDBACK_LINES} lines`);
  return lines.map((line, i) => {
    const what = `feedback line ${i + 1}`;
    try {
      return check(FeedbackLine, JSON.parse(line), what);
    } catch (cause) {
      if (cause instanceof LodestoneError) throw cause;
      throw new LodestoneError('ERR_SCHEMA', `${what}: not JSON`, { cause });
    }
  });
}

/** One line, with its line break. */
export function printFeedbackLine({ list, entry, reason, evidence, day }: Omit<FeedbackLine, 'schema'>): string {
  return `${JSON.stringify({ schema: FEEDBACK_SCHEMA, list, entry, reason, evidence, day })}\n`;
}
