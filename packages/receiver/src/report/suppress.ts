/**
 * What the report shows of a count: nothing from 1 to 9, and else the nearest multiple of ten. Nobody can then compute a small count from a
 * total, or from two tables that divide the same things in two ways. Pure. Flow: build → here. Spec: docs/provide/report.md#small-counts
 */
import { type Count, SMALL_COUNT } from '@lodestone/protocol/transparency-report';

/** Numbers that a small count could still be, as seen by a reader. */
const LEAST_CHOICE = 5;

/** Null for a small count. Zero is shown. */
export function show(count: number): Count {
  if (count === 0) return 0;
  return count < SMALL_COUNT ? null : Math.floor((count + SMALL_COUNT / 2) / SMALL_COUNT) * SMALL_COUNT;
}

/** The counts that look like this one. */
export function rangeOf(shown: Count): readonly [low: number, high: number] {
  if (shown === 0) return [0, 0];
  if (shown === null) return [1, SMALL_COUNT - 1];
  return [Math.max(SMALL_COUNT, shown - SMALL_COUNT / 2), shown + SMALL_COUNT / 2 - 1];
}

/**
 * @param counts parts of a total: each thing counts in one of them
 * @returns all null if the other counts and their total leave a small one too few values: many rows that are all very small, for example.
 * This depends only on what would be shown, so a reader who knows the rule learns no more.
 */
export function showParts(counts: readonly number[]): Count[] {
  const shown = counts.map(show);
  const [least, most] = rangeOf(show(counts.reduce((sum, count) => sum + count, 0)));
  const ranges = shown.map(rangeOf);
  const [lows, highs] = [0, 1].map((end) => ranges.reduce((sum, range) => sum + (range[end] ?? 0), 0));
  const isHidden = shown.every((count, i) => {
    const [low, high] = ranges[i] ?? [0, 0];
    const from = Math.max(low, least - ((highs ?? 0) - high));
    const to = Math.min(high, most - ((lows ?? 0) - low));
    return count !== null || to - from + 1 >= LEAST_CHOICE;
  });
  return isHidden ? shown : counts.map(() => null);
}
