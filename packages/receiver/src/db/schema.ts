/**
 * The receiver's tables as TypeScript types; in the database, names are snake_case. Flow: ingest and sources → here → cases.
 * Promise: no table holds an account, a network address, or a time of a signal finer than a day.
 * Spec: docs/design/receiver.md#database.
 */
import type { FeedbackReason } from '@lodestone/protocol/feedback';
import type { CaseReason, CaseReview, CaseState, Role } from '@lodestone/protocol/case-review';
import type { ContestOutcome, Receipt } from '@lodestone/protocol/contest';
import type { CaseTechnology } from '@lodestone/protocol/transparency-report';
import type { Digest, OrderDigest, ManifestDigest } from '@lodestone/protocol/digest';
import type { Name } from '@lodestone/protocol/name';
import type { TargetReference } from '@lodestone/protocol/paths';
import type { MatchSignal } from '@lodestone/protocol/signal';
import type { Media, Surface } from '@lodestone/protocol/surface';
import type { Day } from '@lodestone/protocol/time';
import type { Generated, Kysely } from 'kysely';
import type { OutcomeCounts } from '../ingest/outcome.ts';
import type { FloodsTable } from './schema-floods.ts';
import type { MonthlyCountsTable } from './schema-report.ts';

export interface Tables {
  signalIds: SignalIdsTable;
  waiting: WaitingTable;
  countingWindows: CountingWindowsTable;
  cases: CasesTable;
  caseNotes: CaseNotesTable;
  caseReceipts: CaseReceiptsTable;
  contests: ContestsTable;
  callbacks: CallbacksTable;
  feedback: FeedbackTable;
  users: UsersTable;
  credentials: CredentialsTable;
  signInLinks: SignInLinksTable;
  sessions: SessionsTable;
  signInAttempts: SignInAttemptsTable;
  recordEntries: RecordEntriesTable;
  signals: SignalsTable;
  tombstones: TombstonesTable;
  counts: CountsTable;
  orderCounts: OrderCountsTable;
  orders: OrdersTable;
  lineages: LineagesTable;
  manifests: ManifestsTable;
  listIndexes: ListIndexesTable;
  listShards: ListShardsTable;
  suppressed: SuppressedTable;
  floods: FloodsTable;
  monthlyCounts: MonthlyCountsTable;
  sources: SourcesTable;
}
export type Database = Kysely<Tables>;

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

/** People who review. A removed one stays as a name that is never used again, without a token. */
export interface UsersTable {
  name: Name;
  role: Role;
  /** SHA-256 of the token; null after the user was removed. */
  tokenDigest: Uint8Array | null;
}

/** With what a user signs in to the console. */
export interface CredentialsTable {
  name: Name;
  /** Argon2id of the passphrase, as a PHC string. */
  passphrase: string;
  /** 20 bytes, shared with the user's authenticator. */
  totpSecret: Uint8Array;
  /** Time step of the last code that was used; it and earlier ones are refused. */
  lastStep: number;
}

/** Links that sign a user in, once. A user has at most one. */
export interface SignInLinksTable {
  /** SHA-256 of the link's token. */
  digest: Uint8Array;
  name: Name;
  /** `set-up`: the user chooses a passphrase first. `trial`: nothing is asked, for receivers that are tried out. */
  kind: SignInLinkKind;
  /** The second factor that a set-up offers. */
  totpSecret: Uint8Array;
  /** Milliseconds since 1970. */
  endsAt: number;
}
export type SignInLinkKind = 'set-up' | 'trial';

/** Browsers that are signed in to the console. Times are milliseconds since 1970. */
export interface SessionsTable {
  /** SHA-256 of the session's token. */
  digest: Uint8Array;
  name: Name;
  startedAt: number;
  /** Time of the last request, to the minute. */
  seenAt: number;
}

/** Attempts to sign in of the last quarter of an hour, for the limits. */
export interface SignInAttemptsTable {
  /** As it was typed, whether a user has it or not. */
  name: Name;
  /** Milliseconds since 1970. */
  at: number;
}

/** The record of review. A trigger refuses changes; two entries cannot have the same entry before them. */
export interface RecordEntriesTable {
  seq: number;
  caseNo: number | null;
  previous: Digest;
  /** The entry as an export prints it. */
  line: string;
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

/** Every signed order that was ever accepted. */
export interface OrdersTable {
  orderNo: Generated<number>;
  /** SHA-256 of `document`. */
  orderDigest: OrderDigest;
  source: Name;
  /** The same for all versions of an order. */
  orderId: Name;
  /** The signed target's bytes. */
  document: Uint8Array;
}

/** When each order, with all its versions, ends. */
export interface LineagesTable {
  source: Name;
  orderId: Name;
  /** Milliseconds since 1970: the end of the published version, or the refresh that found none. */
  endsAt: number;
}

/** Manifests of the lists and models that orders name, and whose files are indexed. */
export interface ManifestsTable {
  manifestDigest: ManifestDigest;
  reference: TargetReference;
  /** Version of a list; null for a model. */
  version: number | null;
  /** The last day on which devices match against this list version; null for a model. */
  lastDay: Day | null;
}

/** Lists whose entries are indexed. The row is the lock of its shards. */
export interface ListIndexesTable {
  reference: TargetReference;
  /** The newest indexed version. */
  version: number;
}

/** Entries of a list with their first and last version, by the highest byte of the entry; see sources/entry-index.ts. */
export interface ListShardsTable {
  reference: TargetReference;
  shard: number;
  data: Uint8Array;
}

/** Entries that a list's authority withdrew, in one of two ways. They count towards no threshold. */
export interface SuppressedTable {
  reference: TargetReference;
  entry: number;
  /** `version`: the newest version of the list no longer has the entry. A later one may have it again; a suppression stays. */
  cause: 'suppression' | 'version';
}

/** Trusted TUF metadata of each source; see `TufState` of @lodestone/trust. */
export interface SourcesTable {
  source: Name;
  /** SHA-256 of the pinned root. A different pinned root starts a new row. */
  pinnedRootDigest: Digest;
  /** Increases with each save, so that a slower receiver on the same database cannot overwrite newer metadata. */
  revision: number;
  root: Uint8Array;
  timestamp: Uint8Array | null;
  snapshot: Uint8Array | null;
  targets: Uint8Array | null;
}
