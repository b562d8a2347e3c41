/** The statistics of the report. Pure. Flow: build → here. Spec: docs/provide/report.md#errors */
import { type Count, type Precision, SMALL_COUNT } from '@lodestone/protocol/transparency-report';
import { rangeOf } from './suppress.ts';

/** Of the standard normal distribution, for 95 %. */
const Z = 1.959964;

/**
 * The share of confirmed cases among those that were confirmed or dismissed, as the report shows their numbers. The interval is Wilson's (1927): unlike the
 * usual one it is right for few cases, and for shares near 0 and 1. It covers every pair of numbers that looks like the shown one.
 * @returns null if a count is hidden, or nothing was decided
 */
export function precisionOf(confirmed: Count, dismissed: Count): Precision | null {
  if (confirmed === null || dismissed === null || confirmed + dismissed === 0) return null;
  const [leastConfirmed, mostConfirmed] = rangeOf(confirmed);
  const [leastDismissed, mostDismissed] = rangeOf(dismissed);
  return {
    value: round(confirmed / (confirmed + dismissed)),
    low: round(wilson(leastConfirmed, mostDismissed)[0]),
    high: round(wilson(mostConfirmed, leastDismissed)[1]),
  };
}

/** The 95 % score interval of the share of `yes` among `yes` and `no`. */
export function wilson(yes: number, no: number): readonly [low: number, high: number] {
  const n = yes + no;
  const share = yes / n;
  const scale = 1 + Z ** 2 / n;
  const centre = (share + Z ** 2 / (2 * n)) / scale;
  const half = (Z / scale) * Math.sqrt((share * (1 - share)) / n + Z ** 2 / (4 * n ** 2));
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

const round = (share: number): number => Math.round(share * 1_000) / 1_000;

/**
 * @param counts how often there were so many days
 * @returns null for fewer than ten in all
 */
export function medianOf(counts: ReadonlyMap<number, number>): number | null {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  if (total < SMALL_COUNT) return null;
  const sorted = [...counts].sort(([a], [b]) => a - b);
  const at = (place: number): number => {
    let before = 0;
    for (const [days, count] of sorted) if ((before += count) > place) return days;
    return 0;
  };
  return (at(Math.floor((total - 1) / 2)) + at(Math.floor(total / 2))) / 2;
}
