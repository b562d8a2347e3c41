/** A monthly batch of subject ids has one canonical form of 3,256 bytes, and its last day follows from its month. */
import {
  coversDay,
  DAY_MS,
  type Day,
  type Digest,
  lastDayOf,
  LIMITS,
  LodestoneError,
  type Month,
  monthEndingOn,
  monthOf,
  parseMonth,
  parseSubjectIds,
  printSubjectIds,
  type SubjectIdBatch,
  subjectIdMessage,
  toDay,
} from '@lodestone/protocol';
import { bytes } from '@lodestone/testkit/arbitrary';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { refused } from './refusal.ts';

const day = (date: string): Day => toDay(Date.parse(date));
const batch: SubjectIdBatch = {
  endpointDigest: 'a'.repeat(64) as Digest,
  pseudonym: new Uint8Array(16).fill(1),
  lastDay: day('2026-12-31'),
  ids: Array.from({ length: 40 }, (_, i) => ({
    signalId: new Uint8Array(16).fill(i),
    signature: new Uint8Array(64).fill(i + 1),
  })),
};
const changed = (at: number, value: number): Uint8Array =>
  printSubjectIds(batch).map((byte, i) => (i === at ? value : byte));
const someDay = fc.integer({ min: 0, max: 2_932_800 }).map((number) => number as Day);

describe('batch', () => {
  test('it prints as 3,256 bytes and parses to the same batch', () => {
    expect(printSubjectIds(batch)).toHaveLength(3_256);
    expect(parseSubjectIds(printSubjectIds(batch))).toEqual(batch);
  });

  test('any 3,256 bytes are refused or print as the same bytes again', () => {
    const nearly = fc
      .tuple(fc.integer({ min: 0, max: 3_255 }), fc.integer({ min: 0, max: 255 }))
      .map(([at, value]) => changed(at, value));
    fc.assert(
      fc.property(fc.oneof(nearly, bytes(LIMITS.subjectBatchBytes)), (some) => {
        try {
          expect(printSubjectIds(parseSubjectIds(some))).toEqual(new Uint8Array(some));
        } catch (error) {
          if (!(error instanceof LodestoneError)) throw error;
          expect(error.code).toBe('ERR_SUBJECT');
        }
      }),
      { numRuns: 500 },
    );
  });

  test.each([0, 56, 3_255, 3_257])('%i bytes are refused', (length) => {
    refused(() => parseSubjectIds(new Uint8Array(length).fill(1)), 'ERR_SUBJECT');
  });
  test.each<[string, number, number]>([
    ['version 2', 0, 2],
    ['a reserved byte', 3, 1],
    ['a last day in the middle of a month', 4, 0],
    ['a last day after the year 9999', 7, 255],
  ])('%s is refused', (_, at, value) => {
    refused(() => parseSubjectIds(changed(at, value)), 'ERR_SUBJECT');
  });
  test.each<[string, Partial<SubjectIdBatch>]>([
    ['39 ids', { ids: batch.ids.slice(1) }],
    ['an id that appears twice', { ids: [...batch.ids.slice(1), batch.ids[1] ?? never()] }],
    ['a pseudonym of zeros', { pseudonym: new Uint8Array(16) }],
    ['a pseudonym of 15 bytes', { pseudonym: new Uint8Array(15).fill(1) }],
    ['an endpoint that is not a digest', { endpointDigest: 'ab' as Digest }],
    ['a last day that is not a month’s end', { lastDay: day('2026-12-30') }],
    ['a signature of zeros', { ids: batch.ids.map(({ signalId }) => ({ signalId, signature: new Uint8Array(64) })) }],
  ])('%s cannot be printed', (_, change) => {
    refused(() => printSubjectIds({ ...batch, ...change }), 'ERR_SUBJECT');
  });
  test('a parsed batch has copies of the bytes', () => {
    const source = printSubjectIds(batch);
    const parsed = parseSubjectIds(source);
    source.fill(0);
    expect(parsed).toEqual(batch);
  });
});

describe('month', () => {
  test('the last day is the end of the month after it', () => {
    for (const [month, end] of [
      ['2026-11', '2026-12-31'],
      ['2026-12', '2027-01-31'],
      ['2027-01', '2027-02-28'],
      ['2028-01', '2028-02-29'],
    ] as const) {
      expect(lastDayOf(month as Month)).toBe(day(end));
      expect(monthEndingOn(day(end))).toBe(month);
    }
  });
  test('ids cover the days of their own month and of the next one, and besides at most the last days of the month before', () => {
    fc.assert(
      fc.property(someDay, fc.integer({ min: -4, max: 4 }), (when, offset) => {
        const date = new Date(when * DAY_MS);
        const other = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + offset, 1);
        fc.pre(other >= 0);
        const lastDay = lastDayOf(monthOf(toDay(other)));
        // Two months have at most 62 days, so some have fewer: 31 January is 59 days before 31 March.
        const isSoon = offset === 1 && date.getUTCDate() >= 27 && lastDay - when <= LIMITS.subjectIdDays;
        expect(coversDay({ lastDay }, when)).toBe(offset === 0 || offset === -1 || isSoon);
      }),
    );
  });
  test('a month determines its last day, and the reverse', () => {
    fc.assert(
      fc.property(someDay, (when) => {
        const month = monthOf(when);
        expect(monthEndingOn(lastDayOf(month))).toBe(month);
        expect(monthOf(when)).toBe(parseMonth(month));
      }),
    );
  });
  test.each(['', '2026', '2026-00', '2026-13', '2026-1', '1969-12', '2026-11-01', ' 2026-11'])(
    '%j is refused',
    (text) => {
      refused(() => parseMonth(text), 'ERR_SUBJECT');
    },
  );
});

test('the signed message is 88 bytes, in the order of the specification', () => {
  const { endpointDigest, pseudonym, lastDay } = batch;
  const message = subjectIdMessage(endpointDigest, { pseudonym, lastDay, signalId: new Uint8Array(16).fill(7) });
  const label = [...new TextEncoder().encode('lodestone/subject/v1')];
  const fill = (length: number, value: number) => Array.from({ length }, () => value);
  expect([...message]).toEqual([...label, ...fill(32, 0xaa), ...fill(16, 1), 0x52, 0x51, 0, 0, ...fill(16, 7)]);
});

function never(): never {
  throw new Error('the batch has 40 ids');
}
