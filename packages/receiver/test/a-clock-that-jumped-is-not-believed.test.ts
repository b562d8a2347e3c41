/** Which clocks are believed, so that nothing is deleted by a wrong one: every state of what is known, and random histories of a clock. */
import type { Day } from '@lodestone/protocol/time';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { believedDay, clockDoubt, MAX_CLOCK_STEP_DAYS } from '../src/clock/judge.ts';

const DAY = 20_000;
const day = (offset: number): Day => (DAY + offset) as Day;
const NEAR = [0, 1, -1, MAX_CLOCK_STEP_DAYS, -MAX_CLOCK_STEP_DAYS];
const FAR = [MAX_CLOCK_STEP_DAYS + 1, -MAX_CLOCK_STEP_DAYS - 1, 60, -60, -DAY, 400];

test('without a day to compare with, the first one is believed', () => {
  expect(believedDay(day(0), { lastDay: undefined, signedDays: [] })).toBe(DAY);
  expect(believedDay(day(0), { lastDay: undefined, signedDays: [day(-60)] })).toBe(DAY);
});

test.each(NEAR)('%i days after the last one: believed, and the later of both is remembered', (offset) => {
  for (const signedDays of [[], [day(offset + 60)], [day(offset - 60)]])
    expect(believedDay(day(offset), { lastDay: day(0), signedDays })).toBe(DAY + Math.max(0, offset));
});

test.each(FAR)('%i days after the last one: not believed, whatever old or later day sources signed', (offset) => {
  for (const signedDays of [[], ...FAR.map((other) => [day(offset + other)]), FAR.map((other) => day(offset + other))])
    expect(believedDay(day(offset), { lastDay: day(0), signedDays })).toBeUndefined();
});

test.each(FAR)('%i days after the last one: believed and remembered if one source signed near it', (offset) => {
  for (const near of NEAR)
    expect(believedDay(day(offset), { lastDay: day(0), signedDays: [day(offset + 60), day(offset + near)] })).toBe(
      DAY + offset,
    );
});

test('the doubt names the three days and both ways out', () => {
  expect(clockDoubt(day(60), { lastDay: day(0), signedDays: [day(-2), day(-9)] })).toBe(
    'the clock says 2024-12-03, but data was last deleted on 2024-10-04, and the newest source was signed on 2024-10-02; nothing is deleted. ' +
      'If the clock is wrong, set it. If it is right, run purge --confirm-date with the date of today, or wait until a source has been refreshed',
  );
  expect(clockDoubt(day(60), { lastDay: day(0), signedDays: [] })).toContain('no source has signed anything');
});

interface Period {
  days: number;
  /** How far the clock is wrong. */
  error: number;
  isRunning: boolean;
  isRefreshed: boolean;
}
const period: fc.Arbitrary<Period> = fc.record({
  days: fc.integer({ min: 1, max: 120 }),
  error: fc.oneof(
    fc.constant(0),
    fc.constant(0),
    fc.integer({ min: 15, max: 4_000 }),
    fc.integer({ min: -4_000, max: -15 }),
  ),
  isRunning: fc.boolean(),
  isRefreshed: fc.boolean(),
});

test('in any history that begins with a right clock, a clock that is more than two weeks ahead is never believed', () => {
  fc.assert(
    fc.property(fc.array(period, { maxLength: 20 }), (periods) => {
      let lastDay: Day | undefined = day(0);
      let signedDays: Day[] = [];
      let today = 0;
      for (const { days, error, isRunning, isRefreshed } of periods)
        for (let i = 0; i < days; i++) {
          today += 1;
          if (isRefreshed) signedDays = [day(today)]; // sources sign with right clocks
          const believed: Day | undefined = isRunning
            ? believedDay(day(today + error), { lastDay, signedDays })
            : undefined;
          expect(believed === undefined || error <= 0).toBe(true);
          if (error === 0 && isRunning && isRefreshed) expect(believed).toBe(DAY + today);
          lastDay = believed ?? lastDay;
        }
    }),
  );
});
