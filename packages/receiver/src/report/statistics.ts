/** The statistics of the report. Pure. Flow: build → here. Spec: docs/provide/report.md#errors */
import { type Count, type Precision, SMALL_COUNT } from '@lodestone/protocol/transparency-report';

/** Of the standard normal distribution, for 95 %. */
const Z = 1.959964;

/**
 * The share of confirmed cases among those that were confirmed or dismissed, with its Wilson score interval (Wilson 1927): unlike the
 * usual one it is right for few cases, and for shares near 0 and 1.
 * @returns null if a count is hidden, or nothing was decided
 */
export function precisionOf(confirmed: Count, dismissed: Count): Precision | null {
  if (confirmed === null || dismissed === null || confirmed + dismissed === 0) return null;
  const n = confirmed + dismissed;
  const value = confirmed / n;
  const scale = 1 + Z ** 2 / n;
  const centre = (value + Z ** 2 / (2 * n)) / scale;
  const half = (Z / scale) * Math.sqrt((value * (1 - value)) / n + Z ** 2 / (4 * n ** 2));
  return { value: round(value), low: round(Math.max(0, centre - half)), high: round(Math.min(1, centre + half)) };
}

const round = (share: number): number => Math.round(share * 10_000) / 10_000;

/**
 * @param counts how often there were so many days
 * @returns null for fewer than `least` in all
 */
export function medianOf(counts: ReadonlyMap<number, number>, least: number = SMALL_COUNT): number | null {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  if (total < least) return null;
  const sorted = [...counts].sort(([a], [b]) => a - b);
  const at = (place: number): number => {
    let before = 0;
    for (const [days, count] of sorted) if ((before += count) > place) return days;
    return 0;
  };
  return (at(Math.floor((total - 1) / 2)) + at(Math.floor(total / 2))) / 2;
}
