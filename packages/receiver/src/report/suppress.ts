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
export function rangeOf(shown: Count): Range {
  if (shown === 0) return [0, 0];
  if (shown === null) return [1, SMALL_COUNT - 1];
  return [Math.max(SMALL_COUNT, shown - SMALL_COUNT / 2), shown + SMALL_COUNT / 2 - 1];
}

/**
 * @param counts parts of a total: each thing counts in one of them
 * @returns all null if the other counts and their total leave a small one too few values: many rows that are all very small, for example
 */
export function showParts(counts: readonly number[]): Count[] {
  return showAlike([counts])[0] ?? [];
}

/**
 * @param tables each divides the same things, by list and by surface for example: a reader can narrow the total by one, and a small count of another by the total
 * @returns a table is all null if it leaves a small count too few values; all of them are if only together they do. A reader can guess what a
 * hidden table looks like, so it narrows the total too.
 */
export function showAlike(tables: readonly (readonly number[])[]): Count[][] {
  const read = tables.map((counts) => {
    const [shown, total] = [counts.map(show), rangeOf(show(sum(counts)))];
    return { shown, total: narrowed(total, sumsOf(shown)), choice: choiceOf(shown, total) };
  });
  const isSafe = read.every(({ shown, total, choice }) => {
    const known = read.reduce((range, other) => narrowed(range, other.total), total);
    return choiceOf(shown, known) >= Math.min(LEAST_CHOICE, choice);
  });
  return read.map(({ shown, choice }) => (isSafe && choice >= LEAST_CHOICE ? shown : shown.map(() => null)));
}

type Range = readonly [low: number, high: number];

/** Of how many numbers each small count could be one, at least. */
function choiceOf(shown: readonly Count[], [least, most]: Range): number {
  const [lows, highs] = sumsOf(shown);
  const choices = shown.map((count) => {
    const [low, high] = rangeOf(count);
    if (count !== null) return Infinity;
    return Math.min(high, most - (lows - low)) - Math.max(low, least - (highs - high)) + 1;
  });
  return Math.min(...choices);
}

/** What the counts can add up to. */
function sumsOf(shown: readonly Count[]): Range {
  const ranges = shown.map(rangeOf);
  return [sum(ranges.map(([low]) => low)), sum(ranges.map(([, high]) => high))];
}

/** The numbers that are in both; the first where none is, because one table then began to count later. */
function narrowed([least, most]: Range, [low, high]: Range): Range {
  const both = [Math.max(least, low), Math.min(most, high)] as const;
  return both[0] <= both[1] ? both : [least, most];
}

const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0);
