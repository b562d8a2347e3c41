/** The 128 bytes of a signal and the 16 of its header have one canonical form. Any other bytes are refused. */
import type { AnyDigest } from '@lodestone/testkit/digests';
import {
  type Day,
  LodestoneError,
  type MatchSignal,
  parseSignal,
  parseSignalHeader,
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
  subject: new Uint8Array(32).fill(2),
  entry: 1,
  level: 31,
};
const changed = (at: number, value: number, of = printSignal(match)): Uint8Array =>
  of.map((byte, i) => (i === at ? value : byte));

describe('signal', () => {
  test('any signal prints as 128 bytes and parses to the same signal', () => {
    fc.assert(
      fc.property(signal, (value) => {
        const printed = printSignal(value);
        expect(printed.length).toBe(128);
        expect(parseSignal(printed)).toEqual(value);
      }),
    );
  });

  test('any 128 bytes are refused or print as the same bytes again, so no signal has two forms', () => {
    const nearly = fc
      .tuple(signal, fc.integer({ min: 0, max: 127 }), fc.integer({ min: 0, max: 255 }))
      .map(([value, at, byte]) => changed(at, byte, printSignal(value)));
    fc.assert(
      fc.property(fc.oneof(nearly, bytes(128)), (some) => {
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

  test.each([125, 126, 127])('reserved byte %i of a match must be zero', (at) => {
    refused(() => parseSignal(changed(at, 1)), 'ERR_SIGNAL_FORMAT');
  });
  test('every byte of a cover except the first two must be zero', () => {
    const cover = printSignal({ kind: 'cover' });
    expect([...cover.subarray(0, 2)]).toEqual([1, 3]);
    for (let at = 2; at < 128; at++) refused(() => parseSignal(changed(at, 1, cover)), 'ERR_SIGNAL_FORMAT');
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
    ['a match without an entry', 120, 0],
    ['a distance of 32', 124, 32],
  ])('%s is refused', (_, at, value) => {
    refused(() => parseSignal(changed(at, value)), 'ERR_SIGNAL_FORMAT');
  });
  test('a classifier’s signal has entry 0 and a bucket of at most 10', () => {
    const sensitive = printSignal({ ...match, kind: 'sensitive', entry: 0, level: 10 });
    refused(() => parseSignal(changed(120, 1, sensitive)), 'ERR_SIGNAL_FORMAT');
    refused(() => parseSignal(changed(124, 11, sensitive)), 'ERR_SIGNAL_FORMAT');
  });
  test.each([0, 127, 129, 192])('%i bytes are refused', (length) => {
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
    ['a subject of 16 bytes', { subject: new Uint8Array(16) }],
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
  const body = (keyId: number): Uint8Array<ArrayBuffer> => {
    const whole = new Uint8Array(192).fill(9);
    whole.set(printSignalHeader(keyId));
    return whole;
  };
  test('each key id from 1 to 255 is parsed from the 16 printed bytes', () => {
    for (let keyId = 1; keyId <= 255; keyId++) {
      expect(printSignalHeader(keyId).length).toBe(16);
      expect(parseSignalHeader(body(keyId))).toEqual({ keyId });
    }
  });
  test.each([0, 256, -1, 1.5, Number.NaN])('key id %d cannot be printed', (keyId) => {
    refused(() => printSignalHeader(keyId), 'ERR_SIGNAL_FORMAT');
  });
  test('another version, key id 0 and non-zero reserved bytes are refused', () => {
    refused(() => parseSignalHeader(changed(0, 2, body(1))), 'ERR_SIGNAL_FORMAT');
    refused(() => parseSignalHeader(changed(1, 0, body(1))), 'ERR_SIGNAL_FORMAT');
    for (let at = 2; at < 16; at++) refused(() => parseSignalHeader(changed(at, 1, body(1))), 'ERR_SIGNAL_FORMAT');
  });
  test.each([0, 16, 191, 193])('a body of %i bytes is refused', (length) => {
    const whole = new Uint8Array(length);
    whole.set(printSignalHeader(1).subarray(0, length));
    refused(() => parseSignalHeader(whole), 'ERR_SIGNAL_FORMAT');
  });
});
