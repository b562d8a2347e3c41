/** An answer leaves at arrival + n × 100 ms, n the least for which its batch is stored, whether that succeeds or fails. */
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ANSWER_STEP_MS, answerAtStep } from '../src/ingest/answer-time.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

test('the time of an answer depends only on the step in which the work ends', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 950 }),
      fc.integer({ min: 0, max: 200 }),
      fc.integer({ min: 0, max: 45 }),
      fc.boolean(),
      async (workMs, waitMs, openMs, succeeds) => {
        await vi.advanceTimersByTimeAsync(waitMs);
        const arrived = performance.now();
        const work = async (): Promise<string> => {
          vi.advanceTimersByTime(openMs); // a body is opened and checked before the first await
          await new Promise((resolve) => setTimeout(resolve, workMs));
          if (!succeeds) throw new Error('failed');
          return 'stored';
        };
        const answer = answerAtStep(work).then(
          (value) => [value, performance.now() - arrived],
          (error: Error) => [error.message, performance.now() - arrived],
        );
        await vi.advanceTimersByTimeAsync(1_100);
        const [text, ms] = await answer;
        expect(text).toBe(succeeds ? 'stored' : 'failed');
        const steps = Math.max(1, Math.ceil((openMs + workMs) / ANSWER_STEP_MS));
        // Of two timers that end in the same millisecond, either may be first.
        const endsAtStep = (openMs + workMs) % ANSWER_STEP_MS === 0 && workMs > 0;
        const possible = endsAtStep ? [steps, steps + 1] : [steps];
        expect(possible.map((each) => each * ANSWER_STEP_MS)).toContain(ms);
      },
    ),
    { numRuns: 300 },
  );
});

test('the first timer runs for a whole step, however long a body takes to be opened', async () => {
  const durations = new Set<number | undefined>();
  const setTimer = globalThis.setTimeout;
  vi.stubGlobal('setTimeout', (callback: () => void, ms?: number) => {
    durations.add(ms);
    return setTimer(callback, ms);
  });
  for (const openMs of [0, 0.3, 0.7, 12.5]) {
    const answer = answerAtStep(async () => void vi.advanceTimersByTime(openMs));
    await vi.advanceTimersByTimeAsync(ANSWER_STEP_MS);
    await answer;
  }
  vi.unstubAllGlobals();
  expect([...durations]).toEqual([ANSWER_STEP_MS]);
});
