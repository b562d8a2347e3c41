/** The tables of contests, of messages to other systems, and of feedback. Flow: ../contests, ../callbacks, ../feedback → here. Spec: docs/design/receiver.md#database */
import type { CaseReason } from '@lodestone/protocol/case-review';
import type { ContestOutcome, Receipt } from '@lodestone/protocol/contest';
import type { FeedbackReason } from '@lodestone/protocol/feedback';
import type { TargetReference } from '@lodestone/protocol/paths';
import type { MatchSignal } from '@lodestone/protocol/signal';
import type { Day } from '@lodestone/protocol/time';
import type { Generated } from 'kysely';

/** What users contest. One row for a receipt, whether a signal with it exists or not. */
export interface ContestsTable {
  contestNo: Generated<number>;
  receipt: Receipt;
  /** Null until a case with this receipt is decided. */
  caseNo: number | null;
  /** What the user wrote. */
  text: string;
  receivedDay: Day;
  /** The day by which the user has an outcome. */
  dueDay: Day;
  outcome: ContestOutcome | null;
  reason: CaseReason | null;
  /** A sentence for the user. */
  answer: string | null;
  outcomeDay: Day | null;
  /** Once the case was deleted, a hash of its pseudonym, as in a tombstone: erasure and export find the contest by it. */
  subjectDigest: Generated<Uint8Array | null>;
}

/** Messages for the account service and the provider's other systems. Written in the transaction of what they tell. */
export interface CallbacksTable {
  /** The message's id, and its idempotency key. */
  callbackId: string;
  /** Whose address in receiver.json it goes to. */
  target: Generated<CallbackTargetName>;
  /** For outcomes; null for what is asked because of a case. */
  contestNo: number | null;
  caseNo: Generated<number | null>;
  /** JSON as it is signed and sent. */
  body: string;
  state: CallbackState;
  attempts: number;
  /** Milliseconds since 1970. While an attempt runs, the time at which another receiver may repeat it. */
  nextAt: number;
  /** What came of the last attempt: a status, or the code of an error. */
  lastAnswer: string | null;
  createdDay: Day;
}

export const CALLBACK_TARGETS = ['contests', 'preserve', 'takedown'] as const;
export type CallbackTargetName = (typeof CALLBACK_TARGETS)[number];

export const CALLBACK_STATES = ['due', 'delivered', 'dead'] as const;
/** `dead`: all attempts failed; a lead can retry it. */
export type CallbackState = (typeof CALLBACK_STATES)[number];

/** Entries of overturned decisions and questioned entries, for the authorities of lists. Nothing here leads to a case or a subject. */
export interface FeedbackTable {
  feedbackNo: Generated<number>;
  reference: TargetReference;
  entry: number;
  evidence: MatchSignal['evidence'];
  reason: FeedbackReason;
  day: Day;
}
