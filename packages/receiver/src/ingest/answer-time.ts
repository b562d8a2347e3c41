/**
 * Lets answers leave only at arrival + n × 100 ms, n the least for which the work has ended, so that the time of an answer
 * does not tell how long its body took. The first timer is set before the work starts, the others when a step has passed: none
 * depends on how long the work took.
 * Flow: ingest → here → batch. Spec: docs/design/receiver.md#answer-times.
 */
export const ANSWER_STEP_MS = 100;

/**
 * @param start starts the work; what it does before it returns counts as work as well
 * @returns what the work returns or throws, at the first step after it ended
 */
export async function answerAtStep<T>(start: () => Promise<T>, stepMs: number = ANSWER_STEP_MS): Promise<T> {
  const arrivedAt = performance.now();
  // Before the work starts: set after its first part, the timer would run for less time, and would fire a fraction later.
  let step = sleep(stepMs);
  const work = start();
  let hasEnded = false;
  const end = (): void => void (hasEnded = true);
  work.then(end, end);
  for (;;) {
    await step;
    if (hasEnded) return work;
    // A step that a busy event loop missed is left out. Timers drop fractions of a millisecond, which would be too early.
    step = sleep(Math.ceil(stepMs - ((performance.now() - arrivedAt) % stepMs)));
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
