/**
 * Finds rows near to a hash in any orientation: the hash of a picture that is turned or mirrored follows from that of the picture.
 * Flow: rows of records → here → other-form (import), readable-rows (publication). Spec: docs/design/authority.md#locked-lists
 */
import { distance, type Index, loadPdq } from '@lodestone/pdq';
import type { Name } from '@lodestone/protocol/name';
import { LARGEST_DISTANCE } from '@lodestone/protocol/order';
import type { Row } from './import-record.ts';
import { orientationsOf } from './orientations.ts';

const PDQ_BYTES = 32;

export interface NamedHash {
  hash: Uint8Array;
  list: Name;
  entry: number;
}
export interface NearHash extends NamedHash {
  distance: number;
}

/** Hashes of earlier imports in an index, and those of this import. */
export class NearHashes {
  readonly #earlier: readonly NamedHash[];
  readonly #index: Index;
  readonly #added: NamedHash[] = [];

  private constructor(index: Index, earlier: readonly NamedHash[]) {
    this.#index = index;
    this.#earlier = earlier;
  }

  static async of(earlier: readonly NamedHash[]): Promise<NearHashes> {
    const index = (await loadPdq()).createIndex({ rowCount: earlier.length, kind: 'indexed' });
    for (const { hash } of earlier) index.fill(hash);
    return new NearHashes(index, earlier);
  }

  add(...named: NamedHash[]): void {
    this.#added.push(...named);
  }

  /** Each row within the distance at which pictures match. Lazy: mostly the first one is enough. */
  *near(hash: Uint8Array): Generator<NearHash> {
    const turned = orientationsOf(hash);
    for (const { row, distance: bits } of this.#index.queryBatch(turned, LARGEST_DISTANCE).flat())
      yield { ...(this.#earlier[row] as NamedHash), distance: bits };
    for (const one of this.#added) {
      const bits = Math.min(...turned.map((orientation) => distance(one.hash, orientation)));
      if (bits <= LARGEST_DISTANCE) yield { ...one, distance: bits };
    }
  }
}

/** The hash of a picture, or those of a video's frames. */
export function hashesIn({ type, payload }: Pick<Row, 'type' | 'payload'>): Uint8Array[] {
  if (type === 'sha256') return [];
  return Array.from({ length: payload.length / PDQ_BYTES }, (_, i) =>
    payload.subarray(i * PDQ_BYTES, (i + 1) * PDQ_BYTES),
  );
}
