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
  type Name,
  type ReceiverKeys,
  type SubjectId,
  type TargetReference,
} from '@lodestone/protocol';
import type {
  ListBaseline,
  ListChange,
  ModelChange,
  ReleaseChange,
  TrustedTimestamp,
  TrustVersions,
  TufState,
} from '@lodestone/trust';

/** Raise it with every change to a name or a record below. Version 14: parts of files have 1 MiB. */
export const DATABASE_VERSION = 14;

export const STORE_NAMES = [
  'updater',
  'sources',
  'orders',
  'releases',
  'suppressions',
  'models',
  'wanted',
  'keys',
  'files',
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

export const UPDATER_KEY = 'updater';

/** A record's key in its store. */
export type Key = string | number;

/** Store name → its records. */
export interface Records extends Record<StoreName, unknown> {
  /** Under `UPDATER_KEY`. */
  updater: StoredUpdater;
  /** By source name. */
  sources: StoredSource;
  /** By order digest. */
  orders: StoredOrder;
  /** By reference. */
  releases: StoredRelease;
  /** By reference of the list. */
  suppressions: StoredSuppression;
  /** By reference. */
  models: StoredModel;
  /** By reference. */
  wanted: StoredWanted;
  /** By reference. */
  keys: StoredKeys;
  /** Files of lists and models whose parts are all stored and were checked together, by digest. */
  files: { bytes: number };
  /** By file digest and index, separated by a space: the parts of a file, complete or not. At most 1 MiB each. */
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

/** The state of all rounds together, under one key. */
export interface StoredUpdater {
  /** Number of the newest round. Only it may write. */
  round: number;
  /** Rises with every change to signed inputs, so that other tabs know when to read them again. */
  revision: number;
  /** Milliseconds: the first start, by the device's clock. */
  since: number;
  /** Not every configured source has answered yet: orders act immediately. */
  isNew: boolean;
}

export interface StoredSource {
  state: TufState;
  /** Of `state`. A write with older versions is refused. */
  versions: TrustVersions;
  /** Rises when a root that a newer release of the host ships replaces the trusted one. */
  era: number;
  /** SHA-256 of roots that were trusted before that. A release of the host that ships one of them is the older one. */
  replaced: readonly Digest[];
  /** The newest accepted timestamp: the lower bound of the current time, and how long orders survive without another. */
  timestamp?: StoredTimestamp;
  /** Time of the last refresh that was accepted completely. */
  refreshed?: Instant;
  /** The metadata and every order that it lists were received once. */
  hasAnswered: boolean;
}

export interface StoredTimestamp extends TrustedTimestamp {
  /** SHA-256 of timestamp.json. */
  digest: Digest;
}

export interface StoredOrder {
  orderDigest: OrderDigest;
  source: string;
  order: DetectionOrder;
  /** Ids of the keys that signed the metadata that last listed it. */
  signers: readonly Digest[];
  /** Milliseconds. */
  firstSeen: number;
  /** Milliseconds. Later than the first sight of the order if the order is wider than those before it. */
  effectiveFrom: number;
  /** The host has shown it, or it is not wider than acknowledged orders. */
  isAcknowledged: boolean;
  /** Every list and model that it names was on the device once. */
  isSupplied?: true;
  /** Digest of the source's timestamp.json when the order was seen to end. Only a newer one can make the order valid again. */
  endedUnder?: Digest | 'none';
  /** A newer version of the same order, which replaces this one when it takes effect. */
  supersededBy?: OrderDigest;
  /** The last state that was written to the ledger. */
  noted?: 'in-force' | 'ended';
}

/** A source, and its keys that signed metadata that lists a target. */
export interface SignedBy {
  source: Name;
  signers: readonly Digest[];
}

/** A list whose file is in `files`. */
export interface StoredRelease {
  reference: TargetReference;
  manifest: ListManifest;
  /** SHA-256 of the signed bytes of the manifest. */
  manifestDigest: ManifestDigest;
  /** The list's own source, and every other list authority that has signed the same bytes. */
  signedBy: readonly SignedBy[];
  /** Only among releases under the same targets keys is a lower version refused. */
  keysSince: Digest;
  /** Once it is in use: the list's size at its last notice. */
  baseline?: ListBaseline;
  notice?: StoredReleaseNotice<ListChange>;
}

/** A list's suppression applies to every release of the list. */
export interface StoredSuppression {
  reference: TargetReference;
  /** SHA-256 of its signed bytes. */
  digest: Digest;
  /** Entry numbers, ascending. */
  entries: Uint32Array;
}

/** A model whose files are in `files`. */
export interface StoredModel {
  reference: TargetReference;
  manifest: ModelManifest;
  /** SHA-256 of the signed bytes of the manifest. */
  manifestDigest: ManifestDigest;
  signedBy: readonly SignedBy[];
  keysSince: Digest;
  /** `known`: the manifest that was in use before the change. */
  notice?: StoredReleaseNotice<ModelChange> & { known: ModelManifest };
}

/** How the list or model has changed since the last notice that was acknowledged. Later releases keep it until it is. */
export interface StoredReleaseNotice<Change extends ReleaseChange> {
  id: string;
  change: Change;
}

/** The newest accepted manifest of a list or model whose files are not all on the device. A transfer fetches them. */
export type StoredWanted = ({ kind: 'list' } & StoredRelease) | ({ kind: 'model' } & StoredModel);

export interface StoredKeys {
  reference: TargetReference;
  keys: ReceiverKeys;
  /** SHA-256 of their signed bytes. */
  digest: Digest;
  signedBy: readonly SignedBy[];
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
  /** Of the detect item that it came from: it is queued when its window has counted as many. */
  threshold: number;
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
  /** Storage was refused, so another tab may take the same ids: this page has none until the next batch. */
  isGivenUp?: true;
}

/** The batch stays, so that it is not requested a second time. */
export function withoutIds(batch: StoredSubjectIds): StoredSubjectIds {
  return { ...batch, unused: [], isGivenUp: true };
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
