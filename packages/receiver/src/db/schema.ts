/**
 * The receiver's tables as TypeScript types; in the database, names are snake_case. Flow: ingest and sources → here → cases.
 * Promise: the tables hold no account, no network address and no time finer than a day.
 * Spec: docs/design/receiver.md#database.
 */
import type { Digest, OrderDigest, ManifestDigest } from '@lodestone/protocol/digest';
import type { Name } from '@lodestone/protocol/name';
import type { TargetReference } from '@lodestone/protocol/paths';
import type { MatchSignal } from '@lodestone/protocol/signal';
import type { Media, Surface } from '@lodestone/protocol/surface';
import type { Day } from '@lodestone/protocol/time';
import type { Generated, Kysely } from 'kysely';
import type { OutcomeCounts } from '../ingest/outcome.ts';

export interface Tables {
  signalIds: SignalIdsTable;
  signals: SignalsTable;
  counts: CountsTable;
  orderCounts: OrderCountsTable;
  orders: OrdersTable;
  manifests: ManifestsTable;
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

/** Signals that can open a case: those of orders with subject "pseudonym". */
export interface SignalsTable {
  signalId: Uint8Array;
  /** 16 bytes. The signature of the subject id is checked and not stored. */
  pseudonym: Uint8Array;
  orderNo: number;
  manifestDigest: ManifestDigest;
  /** The list or model as the order names it; null until a refresh finds the manifest. */
  reference: TargetReference | null;
  kind: MatchSignal['kind'];
  /** Entry number in the list; 0 for a classifier. */
  entry: number;
  /** Distance in bits for a list, bucket for a classifier. */
  level: number;
  surface: Surface;
  media: Media;
  /** Day of the match. */
  day: Day;
  /** First day of the counting window that contains `day`. */
  countingWindowStart: Day;
  /** Number of distinct entries in one counting window that open a case. */
  threshold: number;
  arrivalDay: Day;
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

/** Manifests of the lists and models that orders name. */
export interface ManifestsTable {
  manifestDigest: ManifestDigest;
  reference: TargetReference;
  /** Version of a list; null for a model. */
  version: number | null;
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
