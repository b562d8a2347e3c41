/** A `.lode` file depends on its records only and has one canonical form. Any other file is refused. */
import {
  createListCheck,
  entryOfSha256,
  LIMITS,
  type ListRecord,
  LODE_HEADER_BYTES,
  LodestoneError,
  parseRelease,
  printRelease,
  RECORD_TYPE,
  records,
} from '@lodestone/protocol';
import { compareBytes } from '@lodestone/protocol/bytes';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytes, listRecords } from '@lodestone/testkit/arbitrary';
import { refused } from './refusal.ts';

const row = (type: ListRecord['type'], fill: number, entry = 1, length = 32): ListRecord => ({
  type,
  entry,
  payload: new Uint8Array(length).fill(fill),
});
const small = printRelease([row('pdq', 1), row('pdq', 2), row('sha256', 3), row('vpdq', 4, 1, 64), row('vpdq', 5)]);
const changed = (at: number, value: number): Uint8Array<ArrayBuffer> =>
  small.map((byte, i) => (i === at ? value : byte));
/** A header with these counts and no data. */
const header = (...counts: [pdq: number, sha256: number, vpdq: number, frames: number]): Uint8Array<ArrayBuffer> => {
  const whole = new Uint8Array(LODE_HEADER_BYTES);
  whole.set([0x4c, 0x4f, 0x44, 0x45, 1]);
  const view = new DataView(whole.buffer);
  counts.forEach((count, i) => view.setUint32(8 + 4 * i, count, true));
  return whole;
};

describe('round trip', () => {
  test('any records are parsed in order of type and payload, whatever order they were printed in', () => {
    fc.assert(
      fc.property(listRecords, fc.infiniteStream(fc.nat()), (list, order) => {
        const file = printRelease(list);
        const sorted = [...list].sort(
          (a, b) => RECORD_TYPE[a.type] - RECORD_TYPE[b.type] || compareBytes(a.payload, b.payload),
        );
        expect([...records(parseRelease(file))]).toEqual(sorted);
        const shuffled = list.map((record) => ({ record, at: order.next().value ?? 0 })).sort((a, b) => a.at - b.at);
        expect(printRelease(shuffled.map(({ record }) => record))).toEqual(file);
      }),
    );
  });
  test('a list without records is a file of 32 bytes', () => {
    const empty = printRelease([]);
    expect(empty.length).toBe(32);
    expect([...records(parseRelease(empty))]).toEqual([]);
  });
  test('a file at an odd offset of its buffer is parsed correctly', () => {
    const moved = new Uint8Array(small.length + 3);
    moved.set(small, 3);
    expect([...records(parseRelease(moved.subarray(3)))]).toEqual([...records(parseRelease(small))]);
  });
});

describe('the entry of a SHA-256 digest', () => {
  test('is found for each SHA-256 row of any list, and is 0 for each payload of another type and for any other digest', () => {
    fc.assert(
      fc.property(listRecords, bytes(32, 32), (list, other) => {
        const file = printRelease(list);
        const listed = new Map(list.flatMap((one) => (one.type === 'sha256' ? [[one.payload.join(), one.entry]] : [])));
        for (const digest of [...list.map(({ payload }) => payload.subarray(0, 32)), other])
          expect(entryOfSha256(file, digest)).toBe(listed.get(digest.join()) ?? 0);
      }),
    );
  });
  test('of a file with another header or length is an error', () => {
    refused(() => entryOfSha256(changed(0, 0), new Uint8Array(32)), 'ERR_LIST_FORMAT');
    refused(() => entryOfSha256(small.slice(1), new Uint8Array(32)), 'ERR_LIST_FORMAT');
  });
});

describe('hostile files', () => {
  test('arbitrary bytes, and files with a changed byte, are refused or print as the same bytes', () => {
    const nearly = fc.tuple(listRecords, fc.nat(), fc.integer({ min: 0, max: 255 })).map(([list, at, value]) => {
      const file = printRelease(list);
      file[at % file.length] = value;
      return file;
    });
    fc.assert(
      fc.property(fc.oneof(nearly, bytes(0, 200)), (file) => {
        try {
          expect(printRelease(records(parseRelease(file)))).toEqual(file);
        } catch (error) {
          if (!(error instanceof LodestoneError)) throw error;
          expect(error.code).toBe('ERR_LIST_FORMAT');
        }
      }),
      { numRuns: 500 },
    );
  });
  test('every prefix of a file, and a file with an extra byte, is refused', () => {
    for (let length = 0; length < small.length; length++) {
      refused(() => parseRelease(small.slice(0, length)), 'ERR_LIST_FORMAT');
    }
    refused(() => parseRelease(Uint8Array.from([...small, 0])), 'ERR_LIST_FORMAT');
  });
  test.each([5, 6, 7, 24, 25, 26, 27, 28, 29, 30, 31])('reserved byte %i must be zero', (at) => {
    refused(() => parseRelease(changed(at, 1)), 'ERR_LIST_FORMAT');
  });
  test.each([
    ['another magic', 0, 0x6c],
    ['version 0', 4, 0],
    ['version 2', 4, 2],
  ])('%s is refused', (_, at, value) => {
    refused(() => parseRelease(changed(at, value)), 'ERR_LIST_FORMAT');
  });
  test.each([
    ['more rows than the limit', header(LIMITS.listRows, 1, 0, 0)],
    ['all counts at their largest', header(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff)],
    ['more videos than frames', header(0, 0, 2, 1)],
    ['missing rows', header(1, 0, 0, 0)],
  ])('%s is refused before anything is allocated for it', (_, file) => {
    refused(() => parseRelease(file), 'ERR_LIST_FORMAT');
  });
  test('unsorted rows, equal rows and entry number 0 are refused', () => {
    const [first, second, entries] = [32, 64, 96];
    const swapped = small.slice();
    swapped.copyWithin(first, second, second + 32).set(small.subarray(first, first + 32), second);
    refused(() => parseRelease(swapped), 'ERR_LIST_FORMAT');
    refused(() => parseRelease(small.slice().copyWithin(second, first, first + 32)), 'ERR_LIST_FORMAT');
    refused(() => parseRelease(small.slice().fill(0, entries, entries + 4)), 'ERR_LIST_FORMAT');
  });
  test('videos without frames, with too many frames, or with inconsistent counts are refused', () => {
    // After 2 + 1 rows of 36 bytes: two entry numbers, then two frame counts.
    const frameCounts = 32 + 3 * 36 + 2 * 4;
    for (const [a, b] of [
      [0, 3],
      [3, 0],
      [2, 2],
      [1, 1],
      [4_000, 1],
    ] as const) {
      const file = small.slice();
      const view = new DataView(file.buffer);
      view.setUint32(frameCounts, a, true);
      view.setUint32(frameCounts + 4, b, true);
      refused(() => parseRelease(file), 'ERR_LIST_FORMAT');
    }
  });
});

describe('records that cannot be printed', () => {
  test.each<[string, ListRecord[]]>([
    ['a payload twice', [row('pdq', 1, 5), row('pdq', 1, 6)]],
    ['a video twice', [row('vpdq', 1, 5, 64), row('vpdq', 1, 6, 64)]],
    ['entry 0', [row('pdq', 1, 0)]],
    ['an entry past 32 bits', [row('pdq', 1, 0x1_0000_0000)]],
    ['a hash of 31 bytes', [row('pdq', 1, 1, 31)]],
    ['a file digest of 64 bytes', [row('sha256', 1, 1, 64)]],
    ['a video of no frames', [row('vpdq', 1, 1, 0)]],
    ['a video of one frame and a half', [row('vpdq', 1, 1, 48)]],
    ['a video longer than an hour', [row('vpdq', 1, 1, (LIMITS.videoFrames + 1) * 32)]],
  ])('%s', (_, list) => {
    refused(() => printRelease(list), 'ERR_LIST_FORMAT');
  });
  test('the same payload may be a PDQ hash, a file digest and a video, and one entry may have several records', () => {
    const list = [row('pdq', 1), row('pdq', 2), row('sha256', 1), row('vpdq', 1)];
    expect([...records(parseRelease(printRelease(list)))]).toEqual(list);
  });
});

describe('a file that is checked in pieces', () => {
  const pieces = (file: Uint8Array, cuts: readonly number[]): Uint8Array[] => {
    const ends = [...new Set([0, ...cuts.map((cut) => cut % (file.length + 1)), file.length])].sort((a, b) => a - b);
    return ends.slice(1).map((end, i) => file.subarray(ends[i], end));
  };
  const outcome = (check: () => unknown): unknown => {
    try {
      return check();
    } catch (error) {
      if (!(error instanceof LodestoneError)) throw error;
      return error.code;
    }
  };
  test('is accepted with the same counts, or refused, as the whole file is, wherever it is cut', () => {
    fc.assert(
      fc.property(
        listRecords,
        fc.array(fc.nat(), { maxLength: 8 }),
        fc.option(fc.record({ at: fc.nat(), value: fc.integer({ min: 0, max: 255 }) })),
        (list, cuts, change) => {
          const file = printRelease(list);
          if (change) file[change.at % file.length] = change.value;
          const inPieces = outcome(() => {
            const check = createListCheck(file.length);
            for (const piece of pieces(file, cuts)) check.update(piece);
            const { pdq, sha256, vpdq } = check.finish();
            return [pdq, sha256, vpdq];
          });
          const whole = outcome(() => {
            const { pdq, sha256, vpdq } = parseRelease(file);
            return [pdq.count, sha256.count, vpdq.count];
          });
          expect(inPieces).toEqual(whole);
        },
      ),
      { numRuns: 500 },
    );
  });
  test('is refused if it ends early or goes on', () => {
    const check = createListCheck(small.length);
    check.update(small.subarray(0, -1));
    refused(() => check.finish(), 'ERR_LIST_FORMAT');
    check.update(small.subarray(-1));
    expect(check.finish()).toEqual({ pdq: 2, sha256: 1, vpdq: 2, frames: 3, lockedSlots: 0 });
    refused(() => check.update(Uint8Array.of(0)), 'ERR_LIST_FORMAT');
  });
});
