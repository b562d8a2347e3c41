/** Which frames of a video are looked up: no second without one, however its key frames lie. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseKeys, GapSampler, hasGap, INTERVAL, LEAST_GAP } from '../src/parts/video/samples.ts';

/** The times of the frames that are looked up, of a video with a frame every `step` seconds. */
function sampled(keys: readonly number[], step: number, end: number): number[] {
  const chosen = chooseKeys(keys).map((i) => keys[i] as number);
  return chosen
    .flatMap((start, i) => {
      const until = chosen[i + 1] ?? Infinity;
      if (!hasGap(start, until)) return [start];
      const sampler = new GapSampler(start, until);
      const between: number[] = [];
      for (let time = start + step; time < Math.min(until, end) && !sampler.isDone; time += step) {
        if (sampler.takes(time)) between.push(time);
      }
      return [start, ...between];
    })
    .sort((a, b) => a - b);
}

const keyTimes = fc
  .uniqueArray(fc.integer({ min: 1, max: 2000 }), { maxLength: 60 })
  .map((hundredths) => [0, ...hundredths.map((n) => n / 100).sort((a, b) => a - b)]);

test('between two frames that are looked up lie less than one and a half seconds, and a frame', () => {
  fc.assert(
    fc.property(keyTimes, fc.integer({ min: 1, max: 25 }), (keys, hundredths) => {
      const step = hundredths / 100;
      const times = sampled(keys, step, 20);
      const gaps = [...times, 20].slice(1).map((time, i) => time - (times[i] as number));
      expect(Math.max(...gaps)).toBeLessThanOrEqual(1.5 * INTERVAL + LEAST_GAP + step);
      expect(times[0]).toBe(0);
    }),
  );
});

test('the number of frames grows with the length, not with the number of key frames', () => {
  fc.assert(
    fc.property(keyTimes, (keys) => {
      expect(sampled(keys, 0.04, 20).length).toBeLessThanOrEqual(20 / LEAST_GAP + 1);
    }),
  );
});

test('one key frame and then one frame a second', () => {
  expect(sampled([0], 0.25, 5)).toEqual([0, 1, 2, 3, 4]);
});
