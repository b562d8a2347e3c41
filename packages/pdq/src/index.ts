/**
 * PDQ perceptual hashing and an exact Hamming index. The package's face: `loadPdq()` compiles the kernel, all else is
 * synchronous. Importing has no effect. Algorithm: README; Meta, "PDQ hashing", 2017.
 */
import { type Hasher, createHasher } from './hash.ts';
import { compileKernel } from './kernel.ts';
import { type Index, type IndexOptions, createIndex, rowCountOf } from './search.ts';

export { PdqError } from './error.ts';
export type { PdqErrorCode } from './error.ts';
export { distance, fromHex, toHex } from './hex.ts';
export { orientations } from './hash.ts';
export type { HashedOrientations, HashedPicture, Orientation, PictureStream } from './hash.ts';
export type { Channels, Picture } from './picture.ts';
export type { Index, IndexKind, IndexOptions, Match } from './search.ts';

/** Rows that come later. */
export interface AnnouncedRows extends IndexOptions {
  readonly rowCount: number;
}

export interface Pdq extends Hasher {
  /** An index of rows that are there: n × 32 bytes, copied. */
  createIndex(rows: Uint8Array, options?: IndexOptions): Index;
  /** An index that is filled as its rows come, by `index.fill`. */
  createIndex(announced: AnnouncedRows): Index;
}

export async function loadPdq(): Promise<Pdq> {
  const module = await compileKernel();
  return {
    ...createHasher(module),

    createIndex(source: Uint8Array | AnnouncedRows, { kind = 'auto' }: IndexOptions = {}) {
      if (isAnnounced(source)) return createAnnounced(module, source);
      const index = createIndex(module, rowCountOf(source), kind);
      index.fill(source);
      return index;
    },
  };
}

function isAnnounced(source: Uint8Array | AnnouncedRows): source is AnnouncedRows {
  return typeof source === 'object' && source !== null && 'rowCount' in source;
}

function createAnnounced(module: WebAssembly.Module, { rowCount, kind = 'auto' }: AnnouncedRows): Index {
  return createIndex(module, rowCount, kind);
}
