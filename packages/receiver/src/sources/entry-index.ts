/**
 * Which entries a list had, in which of its versions, and with which row types. Pure. Entries are split by their highest
 * byte, so that no step of building or storing the index is long. Flow: store-lists → here → ingest/check.
 * Promise: 13 bytes an entry. Spec: docs/design/receiver.md#entries.
 */
import { LodestoneError } from '@lodestone/protocol/error';

/** Row types that an entry has, as bits. */
export const ROW_BITS = { pdq: 1, sha256: 2, vpdq: 4 } as const;
export type RowType = keyof typeof ROW_BITS;
const TYPE_BITS = 3;

/** Entries of one highest byte in increasing order, each with its first and last version and its row types. */
export interface Shard {
  readonly entries: Uint32Array;
  readonly first: Uint32Array;
  readonly last: Uint32Array;
  readonly types: Uint8Array;
}
export type EntryIndex = ReadonlyMap<number, Shard>;

export const shardOf = (entry: number): number => entry >>> 24;

/** The row types of an entry in a version of the list, as bits; 0 if that version does not have the entry. */
export function typesOf(index: EntryIndex, entry: number, version: number): number {
  const shard = index.get(shardOf(entry));
  const at = shard ? find(shard.entries, entry) : -1;
  if (!shard || at < 0) return 0;
  const isIn = (shard.first[at] ?? Infinity) <= version && version <= (shard.last[at] ?? 0);
  return isIn ? (shard.types[at] ?? 0) : 0;
}

function find(entries: Uint32Array, entry: number): number {
  let low = 0;
  let high = entries.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = entries[middle] ?? 0;
    if (found === entry) return middle;
    if (found < entry) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** The rows of one version, by shard: the lower three bytes of the entry, shifted by the bits of its type. */
export type VersionRows = ReadonlyMap<number, Uint32Array>;

/** A row in its shard. */
export function rowKey(entry: number, type: RowType): number {
  return ((entry & 0xffffff) << TYPE_BITS) | ROW_BITS[type];
}

/**
 * Adds a version to a shard. Entries that were last in a version older than `oldest` are removed: no device may still
 * match against that version.
 */
export function addVersion(
  shard: number,
  before: Shard | undefined,
  keys: Uint32Array,
  { version, oldest }: { version: number; oldest: number },
): Shard {
  const added = distinct(shard, keys.sort());
  const size = added.entries.length + (before?.entries.length ?? 0);
  const merged = {
    entries: new Uint32Array(size),
    first: new Uint32Array(size),
    last: new Uint32Array(size),
    types: new Uint8Array(size),
  };
  let written = 0;
  const put = (entry: number, first: number, last: number, types: number): void => {
    if (last < oldest) return;
    merged.entries[written] = entry;
    merged.first[written] = first;
    merged.last[written] = last;
    merged.types[written++] = types;
  };
  for (let a = 0, b = 0; a < added.entries.length || b < (before?.entries.length ?? 0);) {
    const [mine, theirs] = [added.entries[a] ?? Infinity, before?.entries[b] ?? Infinity];
    const types = mine <= theirs ? (added.types[a] ?? 0) : 0;
    if (mine < theirs) put(mine, version, version, types);
    else {
      const [first, last] = [before?.first[b] ?? 0, before?.last[b] ?? 0];
      const has = mine === theirs;
      const span = has ? [Math.min(first, version), Math.max(last, version)] : [first, last];
      put(theirs, span[0] ?? 0, span[1] ?? 0, (before?.types[b] ?? 0) | types);
    }
    if (mine <= theirs) a++;
    if (theirs <= mine) b++;
  }
  return {
    entries: merged.entries.slice(0, written),
    first: merged.first.slice(0, written),
    last: merged.last.slice(0, written),
    types: merged.types.slice(0, written),
  };
}

/** @param keys in increasing order */
function distinct(shard: number, keys: Uint32Array): { entries: Uint32Array; types: Uint8Array } {
  const entries = new Uint32Array(keys.length);
  const types = new Uint8Array(keys.length);
  let size = 0;
  for (const key of keys) {
    const entry = ((shard << 24) | (key >>> TYPE_BITS)) >>> 0;
    if (size === 0 || entries[size - 1] !== entry) entries[size++] = entry;
    types[size - 1] = (types[size - 1] ?? 0) | (key & ((1 << TYPE_BITS) - 1));
  }
  return { entries: entries.subarray(0, size), types: types.subarray(0, size) };
}

const BYTES = 13;

/** The entries, then the first versions, the last versions (each little-endian u32) and the types. */
export function printShard({ entries, first, last, types }: Shard): Uint8Array {
  const bytes = new Uint8Array(entries.length * BYTES);
  const view = new DataView(bytes.buffer);
  [entries, first, last].forEach((numbers, column) =>
    numbers.forEach((number, i) => view.setUint32(4 * (column * entries.length + i), number, true)),
  );
  bytes.set(types, 12 * entries.length);
  return bytes;
}

/** @throws {LodestoneError} `ERR_RECEIVER` for a length that `printShard` does not write */
export function parseShard(bytes: Uint8Array): Shard {
  if (bytes.length % BYTES !== 0) throw new LodestoneError('ERR_RECEIVER', 'table list_shards: a shard is damaged');
  const size = bytes.length / BYTES;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const column = (number: number): Uint32Array =>
    Uint32Array.from({ length: size }, (_, i) => view.getUint32(4 * (number * size + i), true));
  return { entries: column(0), first: column(1), last: column(2), types: new Uint8Array(bytes.subarray(12 * size)) };
}
