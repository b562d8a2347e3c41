/**
 * The schema of the database: every store, its records and the schema's version. Signed inputs, counting windows,
 * sealed signals and the ledger are stored, never content and never a readable match. A reader of the unlocked storage
 * finds sealed bodies and learns how many there are. Spec: docs/design/signed-inputs.md#storage
 */
import {
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

/** Raise it with every change to a name or a record below. Version 6 stores files in parts. */
export const DATABASE_VERSION = 6;

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

export interface StoredCountingWindow {
  /** Order digest, index of the detect item and number of the window, separated by spaces. */
  key: string;
  lastDay: number;
  /** HMAC key, deleted with the window. */
  tagKey: Uint8Array<ArrayBuffer>;
  /** One tag for each entry or day that was counted. */
  tags: string[];
  /** The threshold was reached, so the signals of the window are queued. */
  released: boolean;
}

export interface StoredSignal {
  /** Ascending. Signals are sent in this order. */
  seq: number;
  state: 'held' | 'queued';
  /** Key of its counting window. */
  window: string;
  orderDigest: OrderDigest;
  body: Uint8Array;
  /** Last day on which the receiver accepts it. */
  lastDay: number;
}

export interface StoredSlot {
  /** Milliseconds. */
  next: number;
  slotsPerDay: number;
  cover: boolean;
  /** Failed requests in a row. */
  failures: number;
  /** The body whose request failed, to be sent again byte for byte. `seq` names the signal; a cover has none. */
  retry?: { body: Uint8Array; seq?: number };
}

export interface StoredNotice {
  id: string;
  orderDigest: OrderDigest;
  /** Milliseconds. */
  due: number;
}

/** A month's batch of subject ids. An id is removed when it is taken, so no id is used twice. */
export interface StoredSubjectIds extends Pick<SubjectId, 'pseudonym' | 'lastDay'> {
  /** Short digest of the account. */
  account: string;
  month: Month;
  unused: Pick<SubjectId, 'signalId' | 'signature'>[];
}

/** Why a database of another version is refused. There are no migrations before the first release. */
export function otherVersion(databaseName: string, found: number): LodestoneError<'ERR_STORAGE'> {
  return new LodestoneError(
    'ERR_STORAGE',
    `database ${JSON.stringify(databaseName)} has version ${found}, and this release requires version ${DATABASE_VERSION}. ` +
      `Delete it with indexedDB.deleteDatabase(${JSON.stringify(databaseName)}), or set another \`storageName\``,
  );
}
