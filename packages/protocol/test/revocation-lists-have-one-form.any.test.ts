/** A list of revoked pseudonyms has one canonical form; what was not printed by `printRevocations` is refused. */
import {
  LodestoneError,
  parseRevocations,
  printRevocations,
  type RevocationList,
  revocationMessage,
} from '@lodestone/protocol';
import { bytes } from '@lodestone/testkit/arbitrary';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { refused } from './refusal.ts';

const pseudonym = (n: number): Uint8Array<ArrayBuffer> => new Uint8Array(16).fill(n);
const list: RevocationList = {
  number: 7,
  pseudonyms: [pseudonym(1), pseudonym(2)],
  signature: new Uint8Array(64).fill(9),
};
const changed = (at: number, value: number): Uint8Array =>
  printRevocations(list).map((byte, i) => (i === at ? value : byte));

test('a list prints as 12 + 16 n + 64 bytes and parses to the same list', () => {
  expect(printRevocations(list)).toHaveLength(12 + 32 + 64);
  expect(parseRevocations(printRevocations(list))).toEqual(list);
  expect([...printRevocations(list).subarray(0, 12)]).toEqual([1, 0, 0, 0, 7, 0, 0, 0, 2, 0, 0, 0]);
  const none = { ...list, pseudonyms: [] };
  expect(parseRevocations(printRevocations(none))).toEqual(none);
});

test('the signed message is the label and everything before the signature', () => {
  expect([...revocationMessage(list)]).toEqual([
    ...new TextEncoder().encode('lodestone/revoked/v1'),
    ...printRevocations(list).subarray(0, -64),
  ]);
});

test('any bytes are refused or print as the same bytes again', () => {
  const nearly = fc
    .tuple(fc.integer({ min: 0, max: 107 }), fc.integer({ min: 0, max: 255 }))
    .map(([at, value]) => changed(at, value));
  fc.assert(
    fc.property(fc.oneof(nearly, bytes(0, 200)), (some) => {
      try {
        expect(printRevocations(parseRevocations(some))).toEqual(new Uint8Array(some));
      } catch (error) {
        if (!(error instanceof LodestoneError)) throw error;
        expect(error.code).toBe('ERR_SUBJECT');
      }
    }),
    { numRuns: 500 },
  );
});

test.each<[string, Uint8Array]>([
  ['no bytes', new Uint8Array(0)],
  ['version 2', changed(0, 2)],
  ['a reserved byte that is not zero', changed(3, 1)],
  ['more pseudonyms than bytes', changed(8, 3)],
  ['fewer pseudonyms than bytes', changed(8, 1)],
  ['a number of pseudonyms over the limit', changed(11, 255)],
  ['a pseudonym twice', printRevocations(list).map((byte, i) => (i >= 12 && i < 44 ? 1 : byte))],
  ['pseudonyms in descending order', printRevocations(list).map((byte, i) => (i >= 12 && i < 28 ? 3 : byte))],
])('%s is refused', (_, wrong) => {
  refused(() => parseRevocations(wrong), 'ERR_SUBJECT');
});

test.each<[string, Partial<RevocationList>]>([
  ['a pseudonym of 15 bytes', { pseudonyms: [new Uint8Array(15)] }],
  ['pseudonyms in descending order', { pseudonyms: [pseudonym(2), pseudonym(1)] }],
  ['a negative number', { number: -1 }],
  ['a signature of 63 bytes', { signature: new Uint8Array(63) }],
])('%s cannot be printed', (_, change) => {
  refused(() => printRevocations({ ...list, ...change }), 'ERR_SUBJECT');
});
