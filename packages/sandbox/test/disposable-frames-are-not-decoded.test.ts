/** H.264 frames that no other frame refers to are skipped; anything unclear is decoded. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isDisposable } from '../src/parts/video/disposable.ts';

/** An avcC record whose NAL units have lengths of this many bytes. */
const avcC = (lengthBytes: number): Uint8Array => Uint8Array.of(1, 100, 0, 31, 0xfc | (lengthBytes - 1), 0xe0);
const packet = (lengthBytes: number, ...units: number[][]): Uint8Array =>
  Uint8Array.from(units.flatMap((unit) => [...Array.from({ length: lengthBytes - 1 }, () => 0), unit.length, ...unit]));
const SEI = [0x06, 1, 2];
const KEPT_SLICE = [0x41, 9];
const FREE_SLICE = [0x01, 9];

test.for([1, 2, 4])('with lengths of %d bytes', (lengthBytes) => {
  const of = (...units: number[][]): boolean => isDisposable(packet(lengthBytes, ...units), avcC(lengthBytes));
  expect(of(FREE_SLICE)).toBe(true);
  expect(of(SEI, FREE_SLICE, FREE_SLICE)).toBe(true);
  expect(of(SEI, KEPT_SLICE)).toBe(false);
  expect(of(FREE_SLICE, KEPT_SLICE)).toBe(false);
  expect(of(SEI)).toBe(false);
});

test('a packet with start codes is decoded', () => {
  expect(isDisposable(packet(4, FREE_SLICE), undefined)).toBe(false);
});

test('ends for any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 8 }), (data, description) => {
      expect(typeof isDisposable(data, description)).toBe('boolean');
    }),
  );
});
