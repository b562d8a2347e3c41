/** The primitive types of all contracts: names, paths, times, addresses and bytes. */
import {
  compareBytes,
  concatBytes,
  DAY_MS,
  Digest,
  equalBytes,
  fromHex,
  fromInstant,
  fromUtf8,
  Instant,
  Language,
  Name,
  sealingKey,
  splitReference,
  TargetPath,
  TargetReference,
  toDay,
  toHex,
  toInstant,
  utf8,
  WebAddress,
} from '@lodestone/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { bytes, instant, keys, name, path } from '@lodestone/testkit/arbitrary';
import { refused } from './refusal.ts';

describe('bytes', () => {
  test('hex round-trips, in lower case only', () => {
    fc.assert(
      fc.property(bytes(0, 80), (some) => {
        expect(fromHex(toHex(some))).toEqual(some);
      }),
    );
    for (const wrong of ['0', 'AB', '0g', ' 00', '0x00', '00\n']) refused(() => fromHex(wrong), 'ERR_SCHEMA');
  });
  test('text round-trips; bytes that are not UTF-8 are refused', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(fromUtf8(utf8(text))).toBe(text);
      }),
    );
    for (const wrong of [[0xc3], [0xff], [0xed, 0xa0, 0x80], [0xc0, 0x80]]) {
      refused(() => fromUtf8(Uint8Array.from(wrong)), 'ERR_SCHEMA');
    }
  });
  test('compareBytes orders like memcmp and returns zero for equal bytes only', () => {
    fc.assert(
      fc.property(bytes(0, 6), bytes(0, 6), (a, b) => {
        const [x, y] = [toHex(a), toHex(b)];
        expect(Math.sign(compareBytes(a, b))).toBe(x < y ? -1 : x > y ? 1 : 0);
        expect(equalBytes(a, b)).toBe(x === y);
        expect(toHex(concatBytes(a, b))).toBe(x + y);
      }),
    );
  });
});

describe('times', () => {
  test('an instant round-trips to the second and is on the day that its text has', () => {
    fc.assert(
      fc.property(instant, (text) => {
        expect(z.parse(Instant, text)).toBe(text);
        expect(toInstant(fromInstant(text) + 999)).toBe(text);
        expect(new Date(toDay(fromInstant(text)) * DAY_MS).toISOString().slice(0, 10)).toBe(text.slice(0, 10));
      }),
    );
  });
  test.each([
    '2026-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:00:60Z',
    '2026-01-01T00:00:00+00:00',
    '2026-01-01T00:00:00.0Z',
    '2026-01-01',
    '',
  ])('%j is not an instant', (text) => {
    expect(z.safeParse(Instant, text).success).toBe(false);
  });
});

describe('names', () => {
  test('splitReference returns the source and path of a reference', () => {
    fc.assert(
      fc.property(name, path, (source, target) => {
        const reference = z.parse(TargetReference, `${source}:${target}`);
        expect(splitReference(reference)).toEqual({ source, path: target });
      }),
    );
  });
  test.each<[string, z.ZodMiniType, readonly string[]]>([
    ['names', Name, ['', '-a', 'a-', 'A', 'a_b', 'a.b', 'ä', 'a'.repeat(65), 'a\n']],
    [
      'paths',
      TargetPath,
      [
        'v1',
        'v1/',
        'v2/a',
        '/v1/a',
        'v1/../a',
        'v1/.a',
        'v1//a',
        'v1/A',
        'v1/a/',
        'v1/a\\b',
        'v1/a b',
        'v1/a/b/c/d/e/f/g',
        'v1/a\n',
      ],
    ],
    ['references', TargetReference, ['v1/a', ':v1/a', 'a:', 'a:v2/a', 'a:b:v1/a', 'a:v1/..', 'A:v1/a']],
    ['digests', Digest, ['', 'a'.repeat(63), 'a'.repeat(65), 'A'.repeat(64), 'g'.repeat(64)]],
    ['languages', Language, ['', 'e', 'EN', 'en_GB', 'en-', 'en-a', 'en-GB-oxendict-x-y']],
    [
      'addresses',
      WebAddress,
      [
        '',
        'receiver.example',
        'http://receiver.example/',
        'ftp://receiver.example/',
        'https://a@receiver.example/',
        'https://receiver.example/#a',
        'http://localhost.example/',
        'http://127.0.0.2/',
        `https://receiver.example/${'a'.repeat(2_000)}`,
      ],
    ],
  ])('invalid %s are refused', (_, schema, wrong) => {
    for (const text of wrong) expect([text, z.safeParse(schema, text).success]).toEqual([text, false]);
  });
});

describe('sealingKey', () => {
  test('returns a valid key, and no other valid key began later', () => {
    fc.assert(
      fc.property(keys, instant, (document, now) => {
        const ms = fromInstant(now);
        const valid = document.keys.filter((key) => fromInstant(key.notBefore) <= ms && ms < fromInstant(key.notAfter));
        const key = sealingKey(document, ms);
        expect(key !== undefined).toBe(valid.length > 0);
        if (key) {
          expect(valid).toContain(key);
          expect(Math.max(...valid.map(({ notBefore }) => fromInstant(notBefore)))).toBe(fromInstant(key.notBefore));
        }
      }),
    );
  });
});
