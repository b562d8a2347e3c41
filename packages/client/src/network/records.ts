/**
 * What the network side keeps, record by record: signed inputs, counts, sealed signals, the ledger. Never content, never a
 * match in the clear. Who reads the unlocked storage finds sealed bodies, and can tell that there were matches.
 */
import type {
  DetectionOrder,
  Digest,
  Instant,
  LedgerEntry,
  LedgerRequest,
  ListManifest,
  ModelManifest,
  ReceiverKeys,
  TargetReference,
} from '@lodestone/protocol';
import type { TufState } from '@lodestone/trust';

export interface StoredSource {
  /** SHA-256 of the root that the host pinned: another one begins the trust anew. */
  pin: Digest;
  state: TufState;
  timestampVersion: number;
  refreshed: Instant;
}
export interface StoredOrder {
  orderDigest: Digest;
  source: string;
  order: DetectionOrder;
  /** Milliseconds; later than when it was first seen where the order is wider than those before. */
  effectiveFrom: number;
  /** Timestamp version of its source when the order was seen ended: only a newer one revives it. */
  endedAtVersion?: number;
  /** A newer version of the same order, which takes its place when it takes effect. */
  supersededBy?: Digest;
  /** What the ledger says of it last. */
  noted?: 'in-force' | 'ended';
}
export interface StoredRelease {
  reference: TargetReference;
  manifest: ListManifest;
  /** SHA-256 of the manifest's and the suppression's signed bytes. */
  manifestDigest: Digest;
  suppressionDigest?: Digest;
  /** Rising entry numbers: all of the file's, and those that no longer count. */
  entries: Uint32Array;
  suppressed: Uint32Array;
}
export interface StoredModel {
  reference: TargetReference;
  manifest: ModelManifest;
  /** SHA-256 of the manifest's signed bytes. */
  manifestDigest: Digest;
}
export interface StoredCountingWindow {
  /** order digest, detect item, number of the window */
  key: string;
  lastDay: number;
  /** HMAC key that dies with the window. */
  tagKey: Uint8Array<ArrayBuffer>;
  tags: string[];
  released: boolean;
}
export interface StoredSignal {
  /** Rising: the order in which they leave. */
  seq: number;
  state: 'held' | 'queued';
  window: string;
  orderDigest: Digest;
  body: Uint8Array;
  /** Day after which the receiver would drop it. */
  lastDay: number;
}
export interface StoredSlot {
  /** Milliseconds. */
  next: number;
  slotsPerDay: number;
  cover: boolean;
  failures: number;
  /** A body whose request failed, repeated byte for byte; `seq` names a signal, a cover has none. */
  retry?: { body: Uint8Array; seq?: number };
}
export interface StoredNotice {
  id: string;
  orderDigest: Digest;
  /** Milliseconds. */
  due: number;
}

/** Store name → its records, by key. */
export interface Records {
  sources: StoredSource;
  orders: StoredOrder;
  releases: StoredRelease;
  models: StoredModel;
  keys: ReceiverKeys;
  /** Files of lists and models, and the models' runtime, by digest. */
  files: ArrayBuffer;
  windows: StoredCountingWindow;
  signals: StoredSignal;
  slot: StoredSlot;
  notices: StoredNotice;
  subject: Uint8Array<ArrayBuffer>;
  ledger: LedgerEntry;
  /** Requests under way: what a crash leaves here becomes an entry without an answer. */
  'open-requests': LedgerRequest;
}
export type StoreName = keyof Records;
/** Of a record in its store. */
export type Key = string | number;
