/** The escrow of a locked list: what is printed is read, and a hostile file is one typed error. Spec: docs/design/contracts.md#list-file */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { LodestoneError } from '../src/error.ts';
import { type Escrow, parseEscrow, printEscrow } from '../src/locked-escrow.ts';

const parameters = {
  bits: 96,
  subsets: 16,
  slots: 3,
  tries: 4_096,
  memoryKiB: 1_024,
  salt: new Uint8Array(32).fill(1),
  tablesDigest: new Uint8Array(32).fill(2),
};
const rowBytes = 32 + 4 + 4 + 3;
const headerBytes = 128;
const row = (fill: number, entry = fill, slots = [4, 0, 15]): Escrow['rows'][number] => ({
  pdq: new Uint8Array(32).fill(fill),
  entry,
  log2Guesses: 80.5,
  slots: Uint8Array.from(slots),
});
const escrow = (...rows: Escrow['rows']): Escrow => ({ seed: new Uint8Array(32).fill(9), parameters, rows });
const file = (): Uint8Array<ArrayBuffer> => printEscrow(escrow(row(3), row(1), row(2)));
const changed = (at: number, value: number): Uint8Array<ArrayBuffer> => file().fill(value, at, at + 1);

test('an escrow is read as it was printed, its rows in order', () => {
  const bytes = file();
  expect(bytes.length).toBe(headerBytes + 3 * rowBytes);
  expect(parseEscrow(bytes)).toEqual(escrow(row(1), row(2), row(3)));
  expect(printEscrow(parseEscrow(bytes))).toEqual(bytes);
});

test.each([
  ['another beginning', () => changed(0, 0), /does not begin with "LESC"/],
  ['another version', () => changed(4, 1), /version 1; this release reads version 2/],
  ['a reserved byte', () => changed(7, 1), /reserved byte 7 is not zero/],
  ['no slots', () => changed(5, 0), /0 slots of a row/],
  ['more slots than allowed', () => changed(5, 7), /7 slots of a row/],
  ['more rows than its length', () => changed(8, 4), /its 4 rows need 300/],
  ['more rows than a list may have', () => changed(11, 0xff), /at most 12000000 are allowed/],
  ['subsets of 97 bits', () => changed(48, 97), /subsets of 97 bits/],
  ['memory that would make a check slow', () => changed(58, 1), /KiB of memory/],
  ['rows out of order', () => changed(headerBytes, 9), /row 1 is not greater/],
  ['entry number 0', () => changed(headerBytes + 32, 0), /row 0 has entry number 0/],
  [
    'a strength of more bits than a hash has',
    () => changed(headerBytes + 39, 0x44),
    /row 0 opens after 2\^\d+.* guesses/,
  ],
  ['a strength that is no number', () => changed(headerBytes + 39, 0xff), /row 0 opens after 2\^/],
  ['a subset that does not exist', () => changed(headerBytes + 40, 16), /row 0 has the subsets 16, 0, 15/],
  ['a subset twice', () => changed(headerBytes + 40, 15), /row 0 has the subsets 15, 0, 15/],
])('%s is refused', (_what, bytes, message) => {
  expect(() => parseEscrow(bytes())).toThrow(
    expect.objectContaining({ code: 'ERR_LIST_FORMAT', message: expect.stringMatching(message) as unknown }),
  );
});

test('equal rows are not printed', () => {
  expect(() => printEscrow(escrow(row(1), row(1, 2)))).toThrow(expect.objectContaining({ code: 'ERR_LIST_FORMAT' }));
});

test('any other bytes, and every shorter file, are typed errors or an escrow that prints the same', () => {
  const bytes = file();
  for (let length = 0; length < bytes.length; length++)
    expect(() => parseEscrow(bytes.slice(0, length))).toThrow(LodestoneError);
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
      const other = changed(at, value);
      try {
        expect(printEscrow(parseEscrow(other))).toEqual(other);
      } catch (error) {
        expect(error).toBeInstanceOf(LodestoneError);
      }
    }),
  );
});
