/**
 * The subsets of a PDQ hash's bits by which a row is locked. They are constants: drawn from the 192 bits of the lowest frequencies, which
 * edits change least, by a hash that nobody can choose. Spec: docs/detection/locked-lists.md#subsets
 */
import { concatBytes, utf8 } from '@lodestone/protocol/bytes';
import type { Blake3 } from './blake3.ts';

const HASH_SIDE = 16;
const CANDIDATES = 192;
const DOMAIN = utf8('lodestone locked list subset');

/** A subset: numbers of bits in rising order. Bit n of a hash is bit n % 8 of byte 31 - n / 8, as PDQ counts them. */
export type Subset = Uint8Array;

/** The bits with the smallest i² + j², where i and j are the frequencies 1 to 16 of bit 16 · (i - 1) + (j - 1); the lower number first. */
export const CANDIDATE_BITS: Subset = Uint8Array.from(
  Array.from({ length: HASH_SIDE * HASH_SIDE }, (_, bit) => bit)
    .sort((a, b) => frequencyOf(a) - frequencyOf(b) || a - b)
    .slice(0, CANDIDATES),
);

function frequencyOf(bit: number): number {
  return (Math.floor(bit / HASH_SIDE) + 1) ** 2 + ((bit % HASH_SIDE) + 1) ** 2;
}

/** The first `count` subsets of this many bits. The subset of 112 bits contains the one of 96. */
export function subsetsOf(blake3: Blake3, { subsets: count, bits }: { subsets: number; bits: number }): Subset[] {
  return Array.from({ length: count }, (_, j) => {
    const drawn = Array.from(CANDIDATE_BITS, (bit) => {
      const place = blake3(concatBytes(DOMAIN, Uint8Array.of(j, bit)));
      return { bit, place: new DataView(place.buffer, place.byteOffset).getBigUint64(0) };
    });
    drawn.sort((a, b) => (a.place < b.place ? -1 : 1));
    return Uint8Array.from(drawn.slice(0, bits), ({ bit }) => bit).sort();
  });
}

/** The hash's bits at the subset, packed: the subset's first bit is the lowest bit of the first byte. */
export function bitsAt(
  subset: Subset,
  hash: Uint8Array,
  into: Uint8Array = new Uint8Array(subset.length / 8),
): Uint8Array {
  into.fill(0);
  for (let i = 0; i < subset.length; i++) {
    const bit = subset[i] as number;
    const value = ((hash[31 - (bit >> 3)] as number) >> (bit & 7)) & 1;
    into[i >> 3] = (into[i >> 3] as number) | (value << (i & 7));
  }
  return into;
}
