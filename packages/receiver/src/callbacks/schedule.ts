/** When a callback is attempted again, as Standard Webhooks recommends: over three days, so that a target may fail for one. Pure. Spec: docs/design/receiver.md#callbacks */
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Milliseconds from a failed attempt to the next one. */
const WAITS_MS: readonly number[] = [
  5_000,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];
export const ATTEMPTS: number = WAITS_MS.length + 1;

/** An attempt that was not finished, because its receiver ended, may be repeated after this time. */
export const CLAIM_MS: number = MINUTE;

/** No callback waits longer, with an hour for the clocks of several receivers. One that seems to was attempted while the clock was ahead. */
export const LONGEST_WAIT_MS: number = 25 * HOUR;

/** @param attempts so far, at least 1. @returns null after the last one */
export function nextAttemptAt(attempts: number, now: number): number | null {
  const wait = WAITS_MS[attempts - 1];
  return wait === undefined ? null : now + wait;
}
