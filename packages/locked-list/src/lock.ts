/**
 * Locks one row, for the authority that publishes it and the auditor who builds the file again. Everything follows from the seed, so the
 * same input gives the same bytes. Spec: docs/detection/locked-lists.md#format
 */
import { concatBytes, utf8 } from '@lodestone/protocol/bytes';
import {
  ID_BYTES,
  LOCKED_PDQ_BYTES,
  type LockedParameters,
  lockedRowBytes,
  TAG_BYTES,
  WRAPPED_KEY_BYTES,
} from '@lodestone/protocol/locked-rows';
import type { Blake3 } from './blake3.ts';
import { Derivation, type SlowHash, xor } from './derive.ts';
import { bitsAt, type Subset, subsetsOf } from './subsets.ts';

const ID = utf8('id');
const ORDER = utf8('order');

/** How rows of one seed and one set of parameters are locked. */
export interface Locker {
  readonly subsets: readonly Subset[];
  /** Numbers of all subsets in an order that only the owner of the seed knows. */
  orderOf(row: Uint8Array): number[];
  /** The tag of a row at a subset. No two rows of a release may have the same tag. */
  tagOf(row: Uint8Array, subset: number): number;
  /** @param slots numbers of the row's subsets; the first holds the key itself. @returns the row's bytes in a list file */
  lock(row: Uint8Array, slots: readonly number[]): Promise<Uint8Array>;
}

/** @param seed 32 secret bytes of the publisher */
export function createLocker(
  tools: { readonly blake3: Blake3; readonly slowHash: SlowHash },
  parameters: LockedParameters,
  seed: Uint8Array,
): Locker {
  const { blake3, slowHash } = tools;
  const derivation = new Derivation(blake3, slowHash, parameters);
  const subsets = subsetsOf(blake3, parameters);
  const bitsOf = (row: Uint8Array, subset: number): Uint8Array => bitsAt(subsets[subset] as Subset, row);
  return {
    subsets,

    orderOf(row) {
      const places = subsets.map((_, j) => firstBytesOf(blake3(concatBytes(seed, ORDER, row, Uint8Array.of(j)))));
      return subsets.map((_, j) => j).sort((a, b) => ((places[a] as bigint) < (places[b] as bigint) ? -1 : 1));
    },

    tagOf: (row, subset) => derivation.tag(subset, bitsOf(row, subset)),

    async lock(row, slots) {
      const bytes = new Uint8Array(lockedRowBytes(parameters.slots));
      const view = new DataView(bytes.buffer);
      const id = blake3(concatBytes(seed, ID, row)).subarray(0, ID_BYTES);
      let key: Uint8Array | undefined;
      let at = ID_BYTES + LOCKED_PDQ_BYTES;
      for (const subset of slots) {
        const bits = bitsOf(row, subset);
        const own = await derivation.key(subset, bits);
        view.setUint32(at, derivation.tag(subset, bits), true);
        at += TAG_BYTES;
        if (key) {
          xor(key, own, bytes.subarray(at, at + WRAPPED_KEY_BYTES));
          at += WRAPPED_KEY_BYTES;
        } else key = own;
      }
      bytes.set(id);
      xor(row, derivation.pad(key as Uint8Array, id), bytes.subarray(ID_BYTES, ID_BYTES + LOCKED_PDQ_BYTES));
      return bytes;
    },
  };
}

function firstBytesOf(hash: Uint8Array): bigint {
  return new DataView(hash.buffer, hash.byteOffset).getBigUint64(0);
}
