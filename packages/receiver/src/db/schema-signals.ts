/** The tables of signals and of daily counts. Flow: ../ingest → here → ../cases. Promise: no time of a signal is finer than a day. Spec: docs/design/receiver.md#database */
import type { OutcomeCounts } from '../ingest/outcome.ts';
import type { ManifestDigest, OrderDigest } from '@lodestone/protocol/digest';
import type { Name } from '@lodestone/protocol/name';
import type { TargetReference } from '@lodestone/protocol/paths';
import type { MatchSignal } from '@lodestone/protocol/signal';
import type { Media, Surface } from '@lodestone/protocol/surface';
import type { Day } from '@lodestone/protocol/time';
import type { Generated } from 'kysely';

/** Ids of counted signals, so that a replay is recognised. Kept as long as a replay could count. */
export interface SignalIdsTable {
  /** 16 bytes. */
  signalId: Uint8Array;
  /** The last day on which a replay could count. */
  deleteAfter: Day;
}

/** Signals whose order or manifest is not known yet. Each refresh checks those that have become known. */
export interface WaitingTable {
  signalId: Uint8Array;
  /** The 192 bytes without the subject id's signature, which was verified. */
  plaintext: Uint8Array;
  orderDigest: OrderDigest;
  manifestDigest: ManifestDigest;
  /** Whether the account service signed the subject id. Others have a smaller share of the table. */
  isVerified: boolean;
  arrivalDay: Day;
}

/** One subject's signals of one list or model, under one order with all its versions, in one counting window. */
export interface CountingWindowsTable {
  windowNo: Generated<number>;
  /** 16 bytes. */
  pseudonym: Uint8Array;
  source: Name;
  orderId: Name;
  reference: TargetReference;
  kind: MatchSignal['kind'];
  firstDay: Day;
  withinDays: number;
  /** Number of distinct entries or days that opens a case. */
  threshold: number;
  /** Signals that arrived; more than a fixed number are not stored. */
  signals: number;
  /** Day of the latest match. */
  newestDay: Day;
  /** Day on which the threshold was reached; null before. */
  openedDay: Day | null;
  /** Day on which suppressed entries brought it below the threshold again. */
  closedDay: Day | null;
  /** The case that it belongs to, from when the threshold was reached. */
  caseNo: Generated<number | null>;
}

/** Signals that can open a case: those of orders with subject "pseudonym". */
export interface SignalsTable {
  signalId: Uint8Array;
  windowNo: number;
  orderNo: number;
  manifestDigest: ManifestDigest;
  /** Entry number in the list; 0 for a classifier. */
  entry: number;
  /** Distance in bits for a list, bucket for a classifier. */
  level: number;
  evidence: MatchSignal['evidence'];
  surface: Surface;
  media: Media;
  /** Day of the match. */
  day: Day;
  arrivalDay: Day;
}

/** Subjects whose data was erased: their older signals are not stored again. */
export interface TombstonesTable {
  /** SHA-256 of the pseudonym. */
  pseudonymDigest: Uint8Array;
  erasedDay: Day;
  /** The last day on which such a signal could count. */
  deleteAfter: Day;
}

/** Outcomes of request bodies: one row per day, one column per outcome. */
export type CountsTable = { day: Day } & OutcomeCounts;

/** Counted signals per order and day. For an order with subject "none", this is the only record. */
export interface OrderCountsTable {
  orderNo: number;
  /** Day of arrival. */
  day: Day;
  signals: number;
}
