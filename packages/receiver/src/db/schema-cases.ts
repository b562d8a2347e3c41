/** The tables of cases and of the record. Flow: ../cases, ../record → here. Spec: docs/design/receiver.md#database */
import type { CaseReview, CaseState } from '@lodestone/protocol/case-review';
import type { Receipt } from '@lodestone/protocol/contest';
import type { Digest } from '@lodestone/protocol/digest';
import type { Name } from '@lodestone/protocol/name';
import type { TargetReference } from '@lodestone/protocol/paths';
import type { MatchSignal } from '@lodestone/protocol/signal';
import type { Day } from '@lodestone/protocol/time';
import type { CaseTechnology } from '@lodestone/protocol/transparency-report';
import type { Generated } from 'kysely';

/** Counting windows of one subject and order that are reviewed together. New windows after a decision are a new case. */
export interface CasesTable {
  caseNo: Generated<number>;
  /** 16 bytes. */
  pseudonym: Uint8Array;
  source: Name;
  orderId: Name;
  state: CaseState;
  /** One undecided case exists for a subject and an order. */
  isDecided: boolean;
  /** Name of the user who reviews it. */
  holder: Name | null;
  openedDay: Day;
  /** Day of the latest change of the state. */
  stateDay: Day;
  /** The day by which the next action is due. */
  dueDay: Day | null;
  newestDay: Day;
  /** These four count what is not suppressed, in windows that are at their threshold; they stop changing with the decision. */
  openWindows: number;
  exactEntries: number;
  entries: number;
  days: number;
  /** The decision that stands, or that is contested; null before one. */
  decision: Generated<CaseReview['decision']>;
  /** Day of the decision, or of the report that followed it. */
  decidedDay: Generated<Day | null>;
  /** Day from which on a legal hold keeps the case; null without one. */
  heldDay: Generated<Day | null>;
  /** Day on which an entry of it was last found withdrawn; null if none was. */
  markedDay: Generated<Day | null>;
  /** By what a decided case is in the totals of the month; null before a decision. */
  technology: Generated<CaseTechnology | null>;
  list: Generated<string | null>;
  surface: Generated<string | null>;
}

/** Texts of actions, which the record does not contain. */
export interface CaseNotesTable {
  /** Number of the action's entry in the record. */
  seq: number;
  caseNo: number;
  text: string;
}

/** The receipts of the signals of decided cases, with what is left of a signal when it is deleted. */
export interface CaseReceiptsTable {
  receipt: Receipt;
  caseNo: number;
  reference: TargetReference;
  entry: number;
  evidence: MatchSignal['evidence'];
  /** Whether it is recorded that the entry was suppressed, or it was suppressed before the decision. */
  isMarked: boolean;
}

/** The record of review. A trigger refuses changes; two entries cannot have the same entry before them. */
export interface RecordEntriesTable {
  seq: number;
  caseNo: number | null;
  previous: Digest;
  /** The entry as an export prints it. */
  line: string;
}
