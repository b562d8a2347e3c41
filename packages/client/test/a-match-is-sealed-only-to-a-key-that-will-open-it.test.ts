/** The receiver still has the private key on the last moment at which the signal counts, whatever the order's window. Spec: docs/design/outbox.md#keys */
import { DAY_MS, fromInstant, LIMITS, type ReceiverKey, toDay, toInstant } from '@lodestone/protocol';
import { lastCountingDay } from '@lodestone/trust';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keyForMatch } from '../src/network/outbox/sealing-keys.ts';
import { receiverKey } from './world.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');

/** A key of at most 90 days that ended so many seconds ago. */
const keyThatEnded = (secondsAgo: number, lastedDays: number = LIMITS.keyDays): ReceiverKey => ({
  ...receiverKey(NOW),
  notBefore: toInstant(NOW - secondsAgo * 1_000 - lastedDays * DAY_MS),
  notAfter: toInstant(NOW - secondsAgo * 1_000),
});
const sealedTo = (withinDays: number, ...keys: ReceiverKey[]): ReceiverKey | undefined =>
  keyForMatch({ schema: 'lodestone/keys/v1', keys }, { now: NOW, lastDay: lastCountingDay(toDay(NOW), withinDays) });
const DAY_S = DAY_MS / 1_000;

test('for any key and any window, the receiver keeps the key until the end of the last day on which the signal counts', () => {
  const ended = fc.integer({ min: -90 * DAY_S, max: 40 * DAY_S }).map((seconds) => keyThatEnded(seconds));
  fc.assert(
    fc.property(
      fc.array(ended, { maxLength: 4 }),
      fc.integer({ min: 1, max: LIMITS.signalWithinDays }),
      (keys, days) => {
        const key = sealedTo(days, ...keys);
        const valid = keys.filter(
          ({ notBefore, notAfter }) => fromInstant(notBefore) <= NOW && NOW < fromInstant(notAfter),
        );
        if (!key) {
          expect(valid).toEqual([]);
          return;
        }
        const destroyedAt = fromInstant(key.notAfter) + LIMITS.keyKeptDays * DAY_MS;
        expect(destroyedAt).toBeGreaterThanOrEqual((lastCountingDay(toDay(NOW), days) + 1) * DAY_MS);
      },
    ),
    { numRuns: 500 },
  );
});

test.each([
  [90, 0],
  [74, 16],
  [60, 30],
  [1, 30],
])('under a window of %i days, a key that ended up to %i days ago may seal', (withinDays, ago) => {
  expect(sealedTo(withinDays, keyThatEnded(ago * DAY_S - 1))).toBeDefined();
  expect(sealedTo(withinDays, keyThatEnded((ago + 1) * DAY_S))).toBeUndefined();
});

test('an older key that will open the signal is used where the newest that ended will not', () => {
  const [newest, valid] = [keyThatEnded(10 * DAY_S, 20), keyThatEnded(-DAY_S)];
  expect(sealedTo(90, newest, valid)).toBe(valid);
  expect(sealedTo(30, newest, valid)).toBe(newest);
});
