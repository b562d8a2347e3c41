/**
 * Whether the receiver's clock can be believed: by the last day on which data was deleted, and by what the sources signed. Pure.
 * Flow: trusted-time → here. Promise: a clock that jumps by more than seven days, in either direction, is not believed unless a source's
 * newest signature is as new as the clock says. Spec: docs/design/receiver.md#clock
 */
import { type Day, DAY_MS, toInstant } from '@lodestone/protocol/time';

/** A timestamp of a source lasts seven days, so a receiver that reaches its sources always has one of these days. */
export const MAX_CLOCK_STEP_DAYS = 7;

export interface ClockWitnesses {
  /** The last day on which the clock was believed; undefined before the first. */
  lastDay: Day | undefined;
  /** Of each source: the day on which its newest stored timestamp was signed. */
  signedDays: readonly Day[];
}

/** @returns the day to remember, or undefined if the clock is not believed */
export function believedDay(today: Day, { lastDay, signedDays }: ClockWitnesses): Day | undefined {
  const isNear = (day: Day): boolean => Math.abs(today - day) <= MAX_CLOCK_STEP_DAYS;
  // A source confirms that an earlier day is right too: then the one that was remembered was wrong.
  if (lastDay === undefined || signedDays.some(isNear)) return today;
  return isNear(lastDay) ? (Math.max(lastDay, today) as Day) : undefined;
}

export const dayText = (day: Day): string => toInstant(day * DAY_MS).slice(0, 10);

/** What is wrong, and what to do. */
export function clockDoubt(today: Day, { lastDay, signedDays }: ClockWitnesses): string {
  const newest = signedDays.length === 0 ? undefined : (Math.max(...signedDays) as Day);
  const sources =
    newest === undefined ? 'no source has signed anything' : `the newest source was signed on ${dayText(newest)}`;
  return (
    `the clock says ${dayText(today)}, but data was last deleted on ${lastDay === undefined ? 'no day' : dayText(lastDay)}, and ${sources}; ` +
    'nothing is deleted. If the clock is wrong, set it. If it is right, run purge --confirm-date with the date of today, ' +
    'or wait until a source has been refreshed'
  );
}
