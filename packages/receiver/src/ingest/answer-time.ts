/**
 * Lets answers leave only at arrival + n × 100 ms, n the least for which the work has ended, so that the time of an answer
 * does not tell how long its body took. Every timer is set before the work ends: none depends on when that was.
 * Flow: ingest → here → batch. Spec: docs/design/receiver.md#answer-times.
 */
export const ANSWER_STEP_MS = 100;

/**
 * @param start starts the work; what it does before it returns counts as work as well
 * @returns what the work returns or throws, at the first step after it ended
 */
export async function answerAtStep<T>(start: () => Promise<T>, stepMs: number = ANSWER_STEP_MS): Promise<T> {
  const arrivedAt = performance.now();
  const work = start();
  let hasEnded = false;
  const end = (): void => void (hasEnded = true);
  work.then(end, end);
  for (;;) {
    await nextStep(arrivedAt, stepMs);
    if (hasEnded) return work;
  }
}

/** A step that a busy event loop missed is left out. */
function nextStep(arrivedAt: number, stepMs: number): Promise<void> {
  const elapsed = performance.now() - arrivedAt;
  return new Promise((resolve) => setTimeout(resolve, stepMs - (elapsed % stepMs)));
}
