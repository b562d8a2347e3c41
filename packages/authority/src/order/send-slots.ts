/**
 * Warns of an order whose outbox could be too slow: signals that wait longer than their window reveal little, but reach
 * reviewers late. Spec: docs/design/authority.md#orders, docs/design/outbox.md
 */
import type { DetectionOrder } from '@lodestone/protocol/order';

/** A quarter of the send slots in a window should be enough for the signals that one threshold releases. */
const SHARE = 4;

/** One sentence for each detect item whose threshold is too high for the order's send slots. */
export function sendSlotWarnings({ detect, receiver }: DetectionOrder): string[] {
  if (!receiver) return [];
  const { slotsPerDay } = receiver;
  return detect.flatMap(({ signal }, i) => {
    if (!signal || signal.threshold <= (slotsPerDay * signal.withinDays) / SHARE) return [];
    const least = Math.ceil((signal.threshold * SHARE) / signal.withinDays);
    return [
      `detect.${i}.signal: a threshold of ${signal.threshold} in ${signal.withinDays} days needs more than ` +
        `${slotsPerDay} send slots a day: signals would wait for days. Use at least ${least} slotsPerDay, or a lower threshold`,
    ];
  });
}
