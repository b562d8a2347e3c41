/** The 192 bytes of a signal and the 16 of its header have one canonical form. Any other bytes are refused. */
import type { AnyDigest } from '@lodestone/testkit/digests';
import {
  type Day,
  LodestoneError,
  type MatchSignal,
  MEDIA_CODES,
  checkSignalBody,
  parseSignal,
  printSignal,
  printSignalHeader,
  type Surface,
} from '@lodestone/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytes, signal } from '@lodestone/testkit/arbitrary';
import { refused } from './refusal.ts';

const match: MatchSignal = {
  kind: 'match',
  surface: 'send',
  media: 'image',
  day: 20_781 as Day,
  signalId: new Uint8Array(16).fill(1),
  orderDigest: 'a'.repeat(64) as AnyDigest,
  manifestDigest: 'b'.repeat(64) as AnyDigest,
  pseudonym: new Uint8Array(16).fill(2),
  lastDay: 20_818 as Day,
  signature: new Uint8Array(64).fill(3),
  entry: 1,
  level: 0,
  evidence: 'exact',
  confirmBucket: 0,
  confirmModel: new Uint8Array(8),
};
const confirmed: MatchSignal = {
  ...match,
  level: 31,
  evidence: 'confirmed',
  confirmBucket: 9,
  confirmModel: new Uint8Array(8).fill(4),
};
const changed = (at: number, value: number, of = printSignal(match)): Uint8Array =>
  of.map((byte, i) => (i === at ? value : byte));

describe('signal', () => {
  test('any signal prints as 192 bytes and parses to the same signal', () => {
    fc.assert(
      fc.property(signal, (value) => {
        const printed = printSignal(value);
        expect(printed.length).toBe(192);
        expect(parseSignal(printed)).toEqual(value);
      }),
    );
  });

  test('any 192 bytes are refused or print as the same bytes again, so no signal has two forms', () => {
    const nearly = fc
      .tuple(signal, fc.integer({ min: 0, max: 191 }), fc.integer({ min: 0, max: 255 }))
      .map(([value, at, byte]) => changed(at, byte, printSignal(value)));
    fc.assert(
      fc.property(fc.oneof(nearly, bytes(192)), (some) => {
        try {
          expect(printSignal(parseSignal(some))).toEqual(new Uint8Array(some));
        } catch (error) {
          if (!(error instanceof LodestoneError)) throw error;
          expect(error.code).toBe('ERR_SIGNAL_FORMAT');
        }
      }),
      { numRuns: 500 },
    );
  });

  test.each([187, 188, 189, 190, 191])('reserved byte %i of a match must be zero', (at) => {
    refused(() => parseSignal(changed(at, 1)), 'ERR_SIGNAL_FORMAT');
  });
  test('every byte of a cover except the first two must be zero', () => {
    const cover = printSignal({ kind: 'cover' });
    expect([...cover.subarray(0, 2)]).toEqual([1, 3]);
    for (let at = 2; at < 192; at++) refused(() => parseSignal(changed(at, 1, cover)), 'ERR_SIGNAL_FORMAT');
  });
  test.each<[string, number, number]>([
    ['version 0', 0, 0],
    ['version 2', 0, 2],
    ['kind 0', 1, 0],
    ['kind 4', 1, 4],
    ['surface 0', 2, 0],
    ['surface receive', 2, 2],
    ['surface 5', 2, 5],
    ['media 0', 3, 0],
    ['media 4', 3, 4],
    ['a match without an entry', 172, 0],
    ['a distance of 32', 176, 32],
    ['a match on the evidence of a classifier', 177, 0],
    ['a confirmed match without a bucket', 177, 2],
    ['unknown evidence', 177, 3],
    ['a confirming bucket without confirmed evidence', 178, 1],
    ['a confirming model without confirmed evidence', 186, 1],
  ])('%s is refused', (_, at, value) => {
    refused(() => parseSignal(changed(at, value)), 'ERR_SIGNAL_FORMAT');
  });
  test('a confirmed match has a bucket from 1 to 10', () => {
    const printed = printSignal(confirmed);
    expect(parseSignal(printed)).toEqual(confirmed);
    for (const bucket of [0, 11]) refused(() => parseSignal(changed(178, bucket, printed)), 'ERR_SIGNAL_FORMAT');
  });
  test('a classifier’s signal has entry 0, a bucket of at most 10 and its own evidence', () => {
    const sensitive = printSignal({ ...match, kind: 'sensitive', entry: 0, level: 10, evidence: 'classifier' });
    refused(() => parseSignal(changed(172, 1, sensitive)), 'ERR_SIGNAL_FORMAT');
    refused(() => parseSignal(changed(176, 11, sensitive)), 'ERR_SIGNAL_FORMAT');
    for (const other of [1, 2]) refused(() => parseSignal(changed(177, other, sensitive)), 'ERR_SIGNAL_FORMAT');
  });
  test('a signal that cannot be true is refused: an exact match with a distance, or a model’s opinion of a video or a file', () => {
    for (const level of [1, 20, 31]) refused(() => parseSignal(changed(176, level)), 'ERR_SIGNAL_FORMAT');
    const sensitive = printSignal({ ...match, kind: 'sensitive', entry: 0, level: 10, evidence: 'classifier' });
    for (const medium of [MEDIA_CODES.video, MEDIA_CODES.file]) {
      expect(parseSignal(changed(3, medium))).toMatchObject({ evidence: 'exact', level: 0 });
      for (const printed of [printSignal(confirmed), sensitive])
        refused(() => parseSignal(changed(3, medium, printed)), 'ERR_SIGNAL_FORMAT');
    }
  });
  test('pseudonym, last day and signature are all zero or all present', () => {
    const [pseudonym, lastDay, signature] = [new Uint8Array(16), 0 as Day, new Uint8Array(64)];
    const none = { ...match, pseudonym, lastDay, signature };
    expect(parseSignal(printSignal(none))).toEqual(none);
    for (const some of [{ pseudonym }, { lastDay }, { signature }, { pseudonym, lastDay }, { lastDay, signature }])
      refused(() => printSignal({ ...match, ...some }), 'ERR_SIGNAL_FORMAT');
    refused(() => parseSignal(changed(108, 1, printSignal(none))), 'ERR_SIGNAL_FORMAT');
  });
  test.each([0, 128, 191, 193, 256])('%i bytes are refused', (length) => {
    refused(() => parseSignal(new Uint8Array(length).fill(1)), 'ERR_SIGNAL_FORMAT');
  });

  test.each<[string, Partial<Record<keyof MatchSignal, unknown>>]>([
    ['a surface that never signals', { surface: 'receive' satisfies Surface }],
    ['an unknown surface', { surface: 'elsewhere' }],
    ['an unknown media type', { media: 'sound' }],
    ['a day before 1970', { day: -1 }],
    ['half a day', { day: 0.5 }],
    ['a day over 32 bits', { day: 0x1_0000_0000 }],
    ['an id of 15 bytes', { signalId: new Uint8Array(15) }],
    ['a pseudonym of 15 bytes', { pseudonym: new Uint8Array(15).fill(1) }],
    ['a signature of 63 bytes', { signature: new Uint8Array(63).fill(1) }],
    ['a last day over 32 bits', { lastDay: 0x1_0000_0000 }],
    ['unknown evidence', { evidence: 'near' }],
    ['a match on the evidence of a classifier', { evidence: 'classifier' }],
    ['a confirming model of 7 bytes', { confirmModel: new Uint8Array(7) }],
    ['half a bucket', { evidence: 'confirmed', confirmBucket: 0.5 }],
    ['an order digest that is too short', { orderDigest: 'ab' }],
    ['an order digest that is too long', { orderDigest: 'ab'.repeat(33) }],
    ['a manifest digest that is not hex', { manifestDigest: 'x'.repeat(64) }],
    ['a match with entry 0', { entry: 0 }],
    ['an entry over 32 bits', { entry: 0x1_0000_0000 }],
    ['a level that is not a number', { level: Number.NaN }],
  ])('%s cannot be printed', (_, change) => {
    refused(() => printSignal({ ...match, ...change } as MatchSignal), 'ERR_SIGNAL_FORMAT');
  });

  test('a parsed signal has copies of the bytes, so the buffer may be reused', () => {
    const source = typeof Buffer === 'undefined' ? printSignal(match) : Buffer.from(printSignal(match));
    const read = parseSignal(source);
    source.fill(0);
    expect(read).toEqual(match);
  });
});

describe('header', () => {
  const body = (length = 256): Uint8Array<ArrayBuffer> => {
    const whole = new Uint8Array(length).fill(9);
    whole.set(printSignalHeader().subarray(0, length));
    return whole;
  };
  test('it is the version and 15 zeros, so it names no key', () => {
    expect([...printSignalHeader()]).toEqual([1, ...Array.from({ length: 15 }, () => 0)]);
    expect(() => checkSignalBody(body())).not.toThrow();
  });
  test('another version and non-zero reserved bytes are refused', () => {
    refused(() => checkSignalBody(changed(0, 2, body())), 'ERR_SIGNAL_FORMAT');
    for (let at = 1; at < 16; at++) refused(() => checkSignalBody(changed(at, 1, body())), 'ERR_SIGNAL_FORMAT');
  });
  test.each([0, 16, 192, 255, 257])('a body of %i bytes is refused', (length) => {
    refused(() => checkSignalBody(body(length)), 'ERR_SIGNAL_FORMAT');
  });
});
