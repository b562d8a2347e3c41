/** Both kinds of index return the same rows as a brute-force comparison, at every distance from 0 to 63. Node only. */
import fc from 'fast-check';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { type Index, type Match, type Pdq, loadPdq } from '../src/index.ts';
import { randomBits } from './arbitrary.ts';
import { type RowStyle, bruteForce, queryFor, rowsOf } from './rows.ts';

const kinds = ['linear', 'indexed'] as const;
const styles: RowStyle[] = ['random', 'sorted', 'clustered', 'alike', 'zeros', 'one band shared'];

let pdq: Pdq;
beforeAll(async () => {
  pdq = await loadPdq();
});

describe.each(kinds)('%s', (kind) => {
  /** @param step distances from one that is tried with a query to the next; each distance is tried with one query in `step` */
  function agreesFor10000Queries(step: number): void {
    const lists = (['random', 'clustered'] as const).map((style) => rowsOf(style, 700, 5));
    const indexes = lists.map((rows) => pdq.createIndex(rows, { kind }));
    const random = randomBits(2_017);
    for (let i = 0; i < 10_000; i++) {
      const rows = lists[i & 1] as Uint8Array;
      const query = queryFor(rows, i, random);
      const expected = bruteForce(rows, query);
      for (let distance = (i >> 1) % step; distance < 64; distance += step)
        agrees(indexes[i & 1] as Index, query, distance, expected);
    }
  }

  const { distances, step, timeout } =
    inject('extent') === 'long'
      ? { distances: 'every distance', step: 1, timeout: 1_800_000 }
      : { distances: '8 distances', step: 8, timeout: 120_000 };
  test(`10,000 queries, random, near and equal, each at ${distances}`, { timeout }, () => agreesFor10000Queries(step));

  test.each(styles)('rows: %s', { timeout: 60_000 }, (style) => {
    fc.assert(
      fc.property(
        fc.oneof(fc.integer({ min: 0, max: 40 }), fc.constantFrom(127, 128, 129, 2_048, 2_049, 9_000)),
        fc.integer({ min: 1, max: 0x7fffffff }),
        (count, seed) => {
          const rows = rowsOf(style, count, seed);
          const index = pdq.createIndex(rows, { kind });
          const random = randomBits(seed);
          for (let i = 0; i < 4; i++) {
            const query = queryFor(rows, i, random);
            const expected = bruteForce(rows, query);
            for (const distance of [0, random() & 63, 31, 63]) agrees(index, query, distance, expected);
          }
        },
      ),
      { seed: 31, numRuns: 25 },
    );
  });

  test('30,000 rows, at every distance', { timeout: 60_000 }, () => {
    for (const style of ['random', 'clustered'] as const) {
      const rows = rowsOf(style, 30_000, 3);
      const index = pdq.createIndex(rows, { kind });
      const random = randomBits(4);
      for (let i = 0; i < 15; i++) {
        const query = queryFor(rows, i, random);
        agreesAtEveryDistance(index, query, bruteForce(rows, query));
      }
    }
  });

  test('200,000 rows', { timeout: 60_000 }, () => {
    for (const style of ['random', 'clustered'] as const) {
      const rows = rowsOf(style, 200_000, 11);
      const index = pdq.createIndex(rows, { kind });
      const random = randomBits(12);
      for (let i = 0; i < 12; i++) {
        const query = queryFor(rows, i, random);
        const expected = bruteForce(rows, query);
        for (const distance of [0, 10, 22, 31, 32, 40, 47, 63]) agrees(index, query, distance, expected);
      }
    }
  });

  test('suppressed and restored rows', () => {
    const rows = rowsOf('clustered', 3_000, 7);
    const index = pdq.createIndex(rows, { kind });
    const random = randomBits(8);
    const off = new Set(Array.from({ length: 1_000 }, () => random() % 3_000));
    const queries = Array.from({ length: 60 }, (_, i) => queryFor(rows, i, random));
    index.suppress(off);
    for (const query of queries) {
      agreesAtEveryDistance(
        index,
        query,
        bruteForce(rows, query).filter(({ row }) => !off.has(row)),
      );
    }
    const on = [...off].slice(0, 500);
    index.restore(on);
    for (const row of on) off.delete(row);
    for (const query of queries) {
      agreesAtEveryDistance(
        index,
        query,
        bruteForce(rows, query).filter(({ row }) => !off.has(row)),
      );
    }
  });

  test('a batch returns the same as single queries', () => {
    const rows = rowsOf('clustered', 10_000, 21);
    const index = pdq.createIndex(rows, { kind });
    const random = randomBits(22);
    for (const size of [0, 1, 2, 8, 24, 63, 64, 65, 150]) {
      const queries = Array.from({ length: size }, (_, i) => queryFor(rows, i, random));
      for (const distance of [0, 12, 31, 36, 37, 45, 63]) {
        const answers = index.queryBatch(queries, distance);
        expect(answers).toHaveLength(size);
        for (const [i, query] of queries.entries()) same(answers[i] as Match[], index.query(query, distance), distance);
      }
    }
  });

  test('rows in pieces, and a build in slices', () => {
    const rows = rowsOf('random', 5_000, 41);
    const random = randomBits(42);
    const index = pdq.createIndex({ rowCount: 5_000, kind });
    for (let start = 0; start < rows.length;) {
      const end = start + (random() % 70_000);
      index.fill(rows.subarray(start, end));
      start = end;
    }
    let slices = 1;
    while (!index.buildSlice()) slices++;
    expect(slices).toBe(kind === 'linear' ? 1 : 11);
    for (let i = 0; i < 30; i++) {
      const query = queryFor(rows, i, random);
      agreesAtEveryDistance(index, query, bruteForce(rows, query));
    }
  });
});

function agrees(index: Index, query: Uint8Array, distance: number, expected: readonly Match[]): void {
  same(index.query(query, distance), expected, distance);
}

/** Expects the sorted matches up to the distance. Compares in a loop, because `expect` is slow for millions. */
function same(found: readonly Match[], expected: readonly Match[], distance: number): void {
  let i = 0;
  for (const match of found) {
    const other = expected[i++];
    if (match.row !== other?.row || match.distance !== other.distance || match.distance > distance) {
      expect.fail(`distance ${distance}, match ${i}: ${JSON.stringify(match)}, not ${JSON.stringify(other)}`);
    }
  }
  const missed = expected[i];
  if (missed !== undefined && missed.distance <= distance) {
    expect.fail(`distance ${distance}: ${JSON.stringify(missed)} is missing`);
  }
}

function agreesAtEveryDistance(index: Index, query: Uint8Array, expected: readonly Match[]): void {
  for (let distance = 0; distance < 64; distance++) agrees(index, query, distance, expected);
}
