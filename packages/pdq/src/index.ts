/**
 * PDQ perceptual hashing and an exact Hamming index. `loadPdq()` compiles the kernel; everything else is synchronous.
 * Importing has no effect. Spec: docs/design/hashing.md#pdq; Meta, "PDQ hashing", 2017
 * @module @lodestone/pdq
 */
import { type Hasher, createHasher } from './hash.ts';
import { compileKernel } from './kernel.ts';
import { type Index, type IndexOptions, createIndex, rowCountOf } from './search.ts';

export { hashCrops } from './crops.ts';
export type { HashedCrop } from './crops.ts';
export { PdqError } from './error.ts';
export type { PdqErrorCode } from './error.ts';
export { distance, fromHex, toHex } from './hex.ts';
export { orientations } from './hash.ts';
export type { HashOptions, HashedOrientations, HashedPicture, Orientation, PictureStream } from './hash.ts';
export type { Channels, Picture } from './picture.ts';
export type { Reduction } from './grey-plane.ts';
export { marginsOf } from './margins.ts';
export { hashVariants, variantGroups } from './variants.ts';
export type { HashedVariant, VariantGroup } from './variants.ts';
export { LISTED_FRAMES_PER_SECOND, matchVideos, parseVideo, printVideo, withoutRepeats } from './video.ts';
export type { HashedFrame, VideoMatch, VideoMatchOptions } from './video.ts';
export type { Index, IndexKind, IndexOptions, Match } from './search.ts';

/** Options of an index whose rows are added later. */
export interface AnnouncedRows extends IndexOptions {
  readonly rowCount: number;
}

export interface Pdq extends Hasher {
  /** Creates an index of n × 32 bytes, which are copied. */
  createIndex(rows: Uint8Array, options?: IndexOptions): Index;
  /** Creates an empty index, to be filled with `index.fill`. */
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
