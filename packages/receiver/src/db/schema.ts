/**
 * Every table of the receiver as TypeScript sees it. In the database names are snake_case.
 * Promise: no account, no address, no time finer than a day, nothing of a body but what a signal says. Spec: DESIGN §9.
 */
import type { Digest } from '@lodestone/protocol/digest';
import type { Name } from '@lodestone/protocol/name';
import type { TargetReference } from '@lodestone/protocol/paths';
import type { Media, Surface } from '@lodestone/protocol/surface';
import type { Day } from '@lodestone/protocol/time';
import type { Generated, Kysely } from 'kysely';
import type { Counts } from '../ingest/outcome.ts';

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

/** What was counted, so that it is counted once. Kept until a replay would be too old to count. */
export interface SignalIdsTable {
  id: Uint8Array;
  deleteAfter: Day;
}

/** Signals that can open a case: those of orders whose subject is a pseudonym. */
export interface SignalsTable {
  id: Uint8Array;
  /** 16 bytes; the tag was checked and is not kept. */
  pseudonym: Uint8Array;
  orderNo: number;
  manifest: Digest;
  /** The list or model that the order names; null while the manifest is not known here. */
  reference: TargetReference | null;
  kind: 'match' | 'sensitive';
  /** 0 for a classifier. */
  entry: number;
  level: number;
  surface: Surface;
  media: Media;
  day: Day;
  /** First day of the order's window that `day` is in. */
  windowStart: Day;
  /** Different entries that the order asks for in a window. */
  threshold: number;
  arrivedOn: Day;
}

/** One row a day. */
export type CountsTable = { day: Day } & Counts;

/** Counted signals of each order, whatever its subject: the only record of a signal without a subject. */
export interface OrderCountsTable {
  orderNo: number;
  day: Day;
  signals: number;
}

/** Signed orders that were once accepted. */
export interface OrdersTable {
  no: Generated<number>;
  /** SHA-256 of `document`. */
  digest: Digest;
  source: Name;
  /** The order's id: later versions of an order share it. */
  name: Name;
  /** The signed target's bytes. */
  document: Uint8Array;
}

/** Manifests of lists and models that an order names, by the digest that signals carry. */
export interface ManifestsTable {
  digest: Digest;
  reference: TargetReference;
  /** Of a list; null for a model. */
  version: number | null;
}

/** Trusted metadata of each source, see `TufState` of @lodestone/trust. */
export interface SourcesTable {
  name: Name;
  /** SHA-256 of the root that the operator pinned: another root is another source. */
  pinned: Digest;
  /** Rises with each save, so that of two receivers on one database the slower does not overwrite the faster. */
  revision: number;
  root: Uint8Array;
  timestamp: Uint8Array | null;
  snapshot: Uint8Array | null;
  targets: Uint8Array | null;
}
