/**
 * The schema of the database: every store, its records and the schema's version. Signed inputs, counting windows,
 * sealed signals and the ledger are stored, never content and never a readable match. docs/design/outbox.md#storage lists
 * what a reader of the unlocked storage learns. Spec: docs/design/signed-inputs.md#storage
 */
import {
  type Day,
  type DetectionOrder,
  type Digest,
  type OrderDigest,
  type ManifestDigest,
  type Instant,
  type LedgerEntry,
  type LedgerRequest,
  type ListManifest,
  LodestoneError,
  type ModelManifest,
  type Month,
  type ReceiverKeys,
  type SubjectId,
  type TargetReference,
} from '@lodestone/protocol';
import type { TufState } from '@lodestone/trust';

/** Raise it with every change to a name or a record below. Version 8 added `subject-id-plans`. */
export const DATABASE_VERSION = 8;

export const STORE_NAMES = [
  'sources',
  'orders',
  'releases',
  'models',
  'keys',
  'files',
  'checked-files',
  'file-parts',
  'counting-windows',
  'signals',
  'slot',
  'notices',
  'subject-ids',
  'subject-id-plans',
  'ledger',
  'open-requests',
] as const;
export type StoreName = (typeof STORE_NAMES)[number];

/** A record's key in its store. */
export type Key = string | number;

/** Store name → its records. */
export interface Records extends Record<StoreName, unknown> {
  /** By source name. */
  sources: StoredSource;
  /** By order digest. */
  orders: StoredOrder;
  /** By reference. */
  releases: StoredRelease;
  /** By reference. */
  models: StoredModel;
  /** By reference. */
  keys: ReceiverKeys;
  /** List files, model files and model runtimes, by file digest. */
  files: ArrayBuffer;
  /** By digest: files whose parts are all stored and were checked together. */
  'checked-files': { bytes: number };
  /** By file digest and index, separated by a space: the parts of a file, complete or not. At most 4 MiB each. */
  'file-parts': ArrayBuffer;
  'counting-windows': StoredCountingWindow;
  /** By sequence number. */
  signals: StoredSignal;
  slot: StoredSlot;
  notices: StoredNotice;
  /** By account digest and month, separated by a space. */
  'subject-ids': StoredSubjectIds;
  /** By account digest. */
  'subject-id-plans': StoredIdPlan;
  ledger: LedgerEntry;
  /** Requests without an answer so far. After a crash they become entries without an answer. */
  'open-requests': LedgerRequest;
}

export interface StoredSource {
  /** SHA-256 of the root that the host ships. Another root discards the stored metadata. */
  pin: Digest;
  state: TufState;
  timestampVersion: number;
  refreshed: Instant;
}

export interface StoredOrder {
  orderDigest: OrderDigest;
  source: string;
  order: DetectionOrder;
  /** Milliseconds. Later than the first sight of the order if the order is wider than those before it. */
  effectiveFrom: number;
  /** Timestamp version of the source when the order was seen to end. Only a newer one makes the order valid again. */
  endedAtVersion?: number;
  /** A newer version of the same order, which replaces this one when it takes effect. */
  supersededBy?: OrderDigest;
  /** The last state that was written to the ledger. */
  noted?: 'in-force' | 'ended';
}

export interface StoredRelease {
  reference: TargetReference;
  manifest: ListManifest;
  /** SHA-256 of the signed bytes of the manifest. */
  manifestDigest: ManifestDigest;
  /** SHA-256 of the signed bytes of the suppression. */
  suppressionDigest?: Digest;
  entries: StoredEntries;
}

/** Entry numbers of a list, each array ascending. */
export interface StoredEntries {
  /** Entries with a SHA-256 row. */
  exact: Uint32Array;
  /** Entries with a PDQ or vPDQ row. */
  near: Uint32Array;
  suppressed: Uint32Array;
}

export interface StoredModel {
  reference: TargetReference;
  manifest: ModelManifest;
  /** SHA-256 of the signed bytes of the manifest. */
  manifestDigest: ManifestDigest;
}

/** What an order allows to signal from one list or model. `outbox/signal-items.ts` compares two of them. */
export interface SignalItem {
  /** Source and id of the order, the same for all its versions. */
  lineage: string;
  /** The list or model. */
  reference: TargetReference;
  withinDays: number;
  /** Surfaces, media, variants and evidence. */
  allows: readonly string[];
  /** Other sources that must have signed the list. */
  requires: readonly string[];
  /** Limits by name, as numbers that grow when the order widens. */
  limits: Readonly<Record<string, number>>;
}

export interface StoredCountingWindow {
  /** Lineage, list or model, account, length and first day, separated by spaces. */
  key: string;
  item: SignalItem;
  firstDay: Day;
  lastDay: Day;
  counted: CountedEntries | CountedDays;
}

/** A list: one short tag for each entry. */
export interface CountedEntries {
  by: 'entry';
  /** HMAC key, deleted with the window. */
  tagKey: Uint8Array<ArrayBuffer>;
  tagBits: number;
  tags: readonly number[];
}

/** A model: at most one finding a day. */
export interface CountedDays {
  by: 'day';
  days: number;
  lastDay: Day;
}

export interface StoredSignal {
  /** Ascending. Signals are sent in this order. */
  seq: number;
  state: 'held' | 'queued';
  /** Key of its counting window. */
  window: string;
  item: SignalItem;
  body: Uint8Array;
  /** Last day on which the receiver accepts it. */
  lastDay: Day;
  notice: NoticeTerms;
}

/** Stands for the account in records of a guard without the option `subject`. */
export const NO_ACCOUNT = 'none';

/** What a notice of the signal says, and to which account. */
export interface NoticeTerms {
  /** Short digest of the account that was signed in when the match happened, or `NO_ACCOUNT`. */
  account: string;
  orderDigest: OrderDigest;
  /** Days after the first attempt until the notice is due. */
  afterDays: number;
  /** Only under an order with `subject: "pseudonym"`. */
  receipt?: string;
}

export interface StoredSlot {
  /** Changes with each write, so that a page that was frozen notices that another has used the slot. */
  revision: string;
  /** Milliseconds. Chosen without regard to matches. */
  next: number;
  slotsPerDay: number;
  cover: boolean;
  /** Failed requests in a row. */
  failures: number;
  /** The body that was written down for a request and has no answer yet. */
  body?: StoredBody;
}

export interface StoredBody {
  bytes: Uint8Array;
  /** When it was written down. */
  day: Day;
  /** Everything that the orders allowed to signal when it was written down. */
  items: readonly SignalItem[];
  /** Id of the signal's notice; a cover has none. */
  notice?: string;
}

export interface StoredNotice extends NoticeTerms {
  id: string;
  due: Day;
  delivery: 'sent' | 'may-have-been-sent';
}

/** A month's batch of subject ids. An id is removed when it is taken, so no id is used twice. */
export interface StoredSubjectIds extends Pick<SubjectId, 'pseudonym' | 'lastDay'> {
  /** Short digest of the account. */
  account: string;
  month: Month;
  unused: Pick<SubjectId, 'signalId' | 'signature'>[];
}

/** When a batch is requested next. */
export interface StoredIdPlan {
  /** Short digest of the account. */
  account: string;
  /** The month whose batch is requested. */
  month: Month;
  /** Milliseconds. */
  at: number;
  /** Requests without a batch so far. */
  failures: number;
}

/** Why a database of another version is refused. There are no migrations before the first release. */
export function otherVersion(databaseName: string, found: number): LodestoneError<'ERR_STORAGE'> {
  return new LodestoneError(
    'ERR_STORAGE',
    `database ${JSON.stringify(databaseName)} has version ${found}, and this release requires version ${DATABASE_VERSION}. ` +
      `Delete it with indexedDB.deleteDatabase(${JSON.stringify(databaseName)}), or set another \`storageName\``,
  );
}
