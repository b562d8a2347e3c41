/** The tables of signed inputs: orders, lists, and the trusted metadata of each source; and the clock, which they confirm. Flow: ../sources → here. Spec: docs/design/receiver.md#database */
import type { Digest, ManifestDigest, OrderDigest } from '@lodestone/protocol/digest';
import type { Name } from '@lodestone/protocol/name';
import type { TargetReference } from '@lodestone/protocol/paths';
import type { Day } from '@lodestone/protocol/time';
import type { Generated } from 'kysely';

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

/** One row: the last day on which the clock was believed; see clock/judge.ts. */
export interface ClockTable {
  isOnly: true;
  lastDay: Day;
}
