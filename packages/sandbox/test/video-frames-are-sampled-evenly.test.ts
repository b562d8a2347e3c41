/** Which frames of a video are looked up or glanced at: no second without one, however its key frames lie. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  chooseKeys,
  type FramePurpose,
  GLANCE,
  hasGap,
  INTERVAL,
  LEAST_GAP,
  LONGEST_UNSEEN,
  Timeline,
  areSpread,
  LEAST_KEYS,
} from '../src/parts/video/samples.ts';

type Seen = readonly [time: number, purpose: FramePurpose];

/** The frames that are seen, of a video with a frame every `step` seconds. */
function seen(keys: readonly number[], step: number, end: number): Seen[] {
  const chosen = chooseKeys(keys).map((i) => keys[i] as number);
  const timeline = new Timeline();
  return chosen
    .flatMap((start, i): Seen[] => {
      const until = chosen[i + 1] ?? Infinity;
      const found: Seen[] = [[start, 'key']];
      if (!hasGap(start, until)) return found;
      const gap = timeline.add(start, until);
      for (let time = start; time < Math.min(until, end) && !gap.isDone; time += step) {
        const purpose = timeline.purposeOf(time);
        if (purpose) found.push([time, purpose]);
      }
      return found;
    })
    .sort(([a], [b]) => a - b);
}

const timesOf = (frames: readonly Seen[], ...purposes: readonly FramePurpose[]): number[] =>
  frames.filter(([, purpose]) => purposes.includes(purpose)).map(([time]) => time);
const gapsOf = (times: readonly number[], end: number): number[] =>
  [...times, end].slice(1).map((time, i) => time - (times[i] as number));

const keyTimes = fc
  .uniqueArray(fc.integer({ min: 1, max: 2000 }), { maxLength: 60 })
  .map((hundredths) => [0, ...hundredths.map((n) => n / 100).sort((a, b) => a - b)]);
const steps = fc.integer({ min: 1, max: 25 }).map((hundredths) => hundredths / 100);

test('between two frames that are looked up lie at most two seconds, and a frame', () => {
  fc.assert(
    fc.property(keyTimes, steps, (keys, step) => {
      const times = timesOf(seen(keys, step, 20), 'key', 'sample');
      expect(Math.max(...gapsOf(times, 20))).toBeLessThanOrEqual(1.5 * INTERVAL + LEAST_GAP + step);
      expect(times[0]).toBe(0);
    }),
  );
});

test('between key frames at least 1.5 s apart, a scene of 0.6 s has a frame that is seen, or of 0.25 s and a frame if that is longer', () => {
  fc.assert(
    fc.property(keyTimes, steps, (keys, step) => {
      const times = timesOf(seen(keys, step, 20), 'key', 'sample', 'glance');
      const shortest = Math.max(LONGEST_UNSEEN, GLANCE + step);
      const isClose = (gap: number): boolean => gap <= shortest + 1e-6;
      const chosen = chooseKeys(keys).map((i) => keys[i] as number);
      const others = gapsOf(times, 20).filter((gap, i) => !isClose(gap) && !chosen.includes(times[i] as number));
      expect(others).toEqual([]);
      const afterKeys = gapsOf(times, 20).filter((gap, i) => !isClose(gap) && chosen.includes(times[i] as number));
      expect(Math.max(0, ...afterKeys)).toBeLessThan(1.5 * INTERVAL);
    }),
  );
});

test('the number of frames grows with the length, not with the number of key frames', () => {
  fc.assert(
    fc.property(keyTimes, (keys) => {
      const frames = seen(keys, 0.04, 20);
      expect(timesOf(frames, 'key', 'sample').length).toBeLessThanOrEqual(20 / LEAST_GAP + 1);
      expect(timesOf(frames, 'glance').length).toBeLessThanOrEqual(20 / GLANCE);
    }),
  );
});

test('one key frame, then one frame a second, and glances between', () => {
  const frames = seen([0], 0.125, 3);
  expect(timesOf(frames, 'key', 'sample')).toEqual([0, 1, 2]);
  expect(timesOf(frames, 'glance')).toEqual([0.25, 0.5, 0.75, 1.25, 1.5, 1.75, 2.25, 2.5, 2.75]);
});

test('the key frame that a gap begins with is known', () => {
  expect(timesOf(seen([0, 5], 0.25, 10), 'start')).toEqual([0, 5]);
});

test('the last frames of a gap may come when the next gap has begun', () => {
  const timeline = new Timeline();
  timeline.add(0, 2);
  expect([0, 0.5, 1].map((time) => timeline.purposeOf(time))).toEqual(['start', 'glance', 'sample']);
  timeline.add(2, Infinity);
  expect([1.25, 2, 2.125, 2.25].map((time) => timeline.purposeOf(time))).toEqual([
    'glance',
    'start',
    undefined,
    'glance',
  ]);
});

test('key frames stand for a video if there are enough and no fifth of it is without one', () => {
  const even = (count: number, length: number): number[] =>
    Array.from({ length: count }, (_, i) => (i * length) / count);
  expect(areSpread(even(LEAST_KEYS, 60), 60)).toBe(true);
  expect(areSpread(even(LEAST_KEYS - 1, 60), 60)).toBe(false);
  expect(areSpread(even(30, 10), 60)).toBe(false); // all at the beginning
  expect(
    areSpread(
      even(30, 60).filter((time) => time < 20 || time > 34),
      60,
    ),
  ).toBe(false);
  expect(areSpread([], 60)).toBe(false);
  expect(areSpread(even(LEAST_KEYS, 60), 0)).toBe(false); // of unknown length
});
