/**
 * A reader of the report who knows its rules cannot compute a small count. The reader of these tests tries everything that would look the same, also
 * with several tables of the same things.
 */
import { type Count, SMALL_COUNT } from '@lodestone/protocol/transparency-report';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rangeOf, show, showAlike, showParts } from '../src/report/suppress.ts';

const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0);

/** All lists of so many counts up to `most`. */
function* lists(length: number, most: number): Generator<number[]> {
  if (length === 0) yield [];
  else for (let first = 0; first <= most; first++) for (const rest of lists(length - 1, most)) yield [first, ...rest];
}

/** Ways to divide three things, as list indexes per row: for example lists of which two belong to one order. */
const DIVISIONS: Readonly<Record<string, readonly (readonly number[])[]>> = {
  'one table': [],
  'the same things in another order': [[2], [0], [1]],
  'two of them together': [[0], [1, 2]],
  'two others together': [[0, 2], [1]],
};

test.each(Object.keys(DIVISIONS))(
  'three counts, their total, and %s leave a small count at least three values',
  (name) => {
    const division = DIVISIONS[name] ?? [];
    const alike = new Map<string, Set<number>[]>();
    for (const counts of lists(3, 42)) {
      const rows = division.map((parts) => sum(parts.map((i) => counts[i] ?? 0)));
      const look = JSON.stringify([showParts(counts), showParts(rows), show(sum(counts))]);
      const values = alike.get(look) ?? counts.map(() => new Set<number>());
      counts.forEach((count, i) => values[i]?.add(count));
      alike.set(look, values);
    }
    let fewest = Infinity;
    for (const [look, values] of alike) {
      const [shown] = JSON.parse(look) as [Count[]];
      // Where a count reaches the end of what is tried, tables that would look the same are missing.
      if (values.some((all) => Math.max(...all) > 35)) continue;
      shown.forEach((count, i) => {
        const all = [...(values[i] ?? [])];
        if (count === null && all.some((value) => value > 0 && value < SMALL_COUNT))
          fewest = Math.min(fewest, all.length);
      });
    }
    expect(fewest).toBeGreaterThanOrEqual(3);
  },
);

test('in a table of any length, a small count could be any of five numbers: each is part of a table that looks the same', () => {
  const counts = fc.array(fc.oneof(fc.nat(2), fc.nat(12), fc.nat(1_000)), { minLength: 1, maxLength: 25 });
  fc.assert(
    fc.property(counts, (table) => {
      const shown = showParts(table);
      if (!shown.includes(null) || shown.every((count) => count === null)) return;
      const [least, most] = rangeOf(show(sum(table)));
      shown.forEach((count, i) => {
        if (count !== null) return;
        const others = shown.filter((_, j) => j !== i).map(rangeOf);
        const possible = Array.from({ length: SMALL_COUNT - 1 }, (_, n) => n + 1).filter(
          (n) => n + sum(others.map(([low]) => low)) <= most && n + sum(others.map(([, high]) => high)) >= least,
        );
        expect(possible.length).toBeGreaterThanOrEqual(5);
        expect(possible).toContain(table[i]);
      });
    }),
    { numRuns: 1_000 },
  );
});

test('tables of the same things are hidden if only together they tell a small count', () => {
  // Four counts that are shown as 10 are at most 56, and one that is shown as 60 is at least 55: the hidden one would be 1.
  const [byTechnology, byList] = [
    [14, 14, 14, 14, 0],
    [55, 1],
  ];
  expect([byTechnology, byList].map(showParts)).toEqual([
    [10, 10, 10, 10, 0],
    [60, null],
  ]);
  expect(showAlike([byTechnology, byList])).toEqual([
    [null, null, null, null, null],
    [null, null],
  ]);
  expect(showAlike([byTechnology, [56]])).toEqual([[10, 10, 10, 10, 0], [60]]);
  // One that began to count later has another total.
  expect(
    showAlike([
      [400, 0],
      [55, 1],
    ]),
  ).toEqual([
    [400, 0],
    [60, null],
  ]);
});

test('with any number of tables, a small count could be any of five numbers', () => {
  const table = fc.array(fc.oneof(fc.nat(2), fc.nat(14), fc.constant(14), fc.nat(100)), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(fc.array(table, { minLength: 2, maxLength: 4 }), (tables) => {
      // All get the same total, in their last row.
      const total = Math.max(...tables.map(sum));
      const alike = tables.map((counts) => [...counts, total - sum(counts)]);
      const shown = showAlike(alike).filter((counts) => counts.some((count) => count !== null));
      const ranges = shown.map((counts) => counts.map(rangeOf));
      const ends = (rows: readonly (readonly [number, number])[]): number[] =>
        [0, 1].map((end) => sum(rows.map((row) => row[end] ?? 0)));
      const least = Math.max(rangeOf(show(total))[0], ...ranges.map((rows) => ends(rows)[0] ?? 0));
      const most = Math.min(rangeOf(show(total))[1], ...ranges.map((rows) => ends(rows)[1] ?? 0));
      shown.forEach((counts, t) =>
        counts.forEach((count, i) => {
          if (count !== null) return;
          const [low = 0, high = 0] = ends((ranges[t] ?? []).filter((_, j) => j !== i));
          expect(Math.min(SMALL_COUNT - 1, most - low) - Math.max(1, least - high) + 1).toBeGreaterThanOrEqual(5);
        }),
      );
    }),
    { numRuns: 1_000 },
  );
});

test('what is shown is true within half of ten, and what is small is never shown', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(400), { maxLength: 12 }), (table) => {
      showParts(table).forEach((count, i) => {
        if (count === null) return;
        const [low, high] = rangeOf(count);
        expect(count % SMALL_COUNT).toBe(0);
        expect(low <= (table[i] ?? 0) && (table[i] ?? 0) <= high).toBe(true);
        expect(count === 0 || (table[i] ?? 0) >= SMALL_COUNT).toBe(true);
      });
    }),
  );
});

test('counts are rounded; small ones are hidden; a table of very small ones hides zeros as well', () => {
  expect(showParts([104, 105, 0, 10, 14, 15])).toEqual([100, 110, 0, 10, 10, 20]);
  expect(showParts([500, 40, 3])).toEqual([500, 40, null]);
  expect(showParts([1, 1, 0])).toEqual([null, null, 0]);
  expect(showParts([...Array.from({ length: 14 }, () => 1), 0])).toEqual(Array.from({ length: 15 }, () => null));
  expect(showParts([])).toEqual([]);
});
