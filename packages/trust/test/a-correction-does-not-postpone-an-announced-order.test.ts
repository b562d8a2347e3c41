/** Effective dates: a wider order waits seven days, and a later version that is no wider keeps the announced date. */
import { DAY_MS } from '@lodestone/protocol/time';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ANNOUNCED_MS, effectiveDate, widens } from '@lodestone/trust';
import { anyOrder, makeOrder } from './order/make-order.ts';

const NOW = Date.UTC(2026, 10, 24);
const first = makeOrder();
const narrow = makeOrder({ surfaces: ['send'] });
const wide = makeOrder({ surfaces: ['send', 'receive'] });
const announced = { order: wide, effectiveFrom: NOW + 3 * DAY_MS };

describe('an order takes effect', () => {
  test('immediately if it is not wider', () => {
    expect(effectiveDate(narrow, { inForce: [wide], announced: [] }, NOW)).toBe(NOW);
  });
  test('after seven days if it is wider', () => {
    expect(effectiveDate(wide, { inForce: [narrow], announced: [] }, NOW)).toBe(NOW + 7 * DAY_MS);
  });
  test('on the announced date if a correction is no wider than the announced version', () => {
    const corrected = makeOrder({ surfaces: ['send', 'receive'], summary: { en: 'A corrected text' } });
    expect(effectiveDate(corrected, { inForce: [narrow], announced: [announced] }, NOW)).toBe(NOW + 3 * DAY_MS);
  });
  test('after seven days if a later version is wider than the announced one', () => {
    const wider = makeOrder({ surfaces: ['send', 'receive', 'upload'] });
    expect(effectiveDate(wider, { inForce: [narrow], announced: [announced] }, NOW)).toBe(NOW + 7 * DAY_MS);
  });
  test('when the last of the announced versions that cover it takes effect', () => {
    const quiet = { detect: [first.detect[1]], receiver: undefined };
    const both = makeOrder({ surfaces: ['receive', 'upload'], ...quiet });
    const later = { order: makeOrder({ surfaces: ['upload'], ...quiet }), effectiveFrom: NOW + 5 * DAY_MS };
    for (const versions of [
      [announced, later],
      [later, announced],
    ])
      expect(effectiveDate(both, { inForce: [], announced: versions }, NOW)).toBe(NOW + 5 * DAY_MS);
  });
});

test('no sequence of versions takes effect before everything in it was announced for seven days', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ order: anyOrder, days: fc.integer({ min: 0, max: 9 }) }), { minLength: 1, maxLength: 5 }),
      fc.array(anyOrder, { maxLength: 2 }),
      (versions, inForce) => {
        const seen: { order: (typeof versions)[number]['order']; at: number; effectiveFrom: number }[] = [];
        let now = NOW;
        for (const { order, days } of versions) {
          now += days * DAY_MS;
          const waiting = seen.filter(({ effectiveFrom }) => effectiveFrom > now);
          const effectiveFrom = effectiveDate(order, { inForce, announced: waiting }, now);
          expect(effectiveFrom).toBeGreaterThanOrEqual(now);
          expect(effectiveFrom).toBeLessThanOrEqual(now + ANNOUNCED_MS);
          const old = waiting.filter(({ at }) => effectiveFrom - at >= ANNOUNCED_MS).map((one) => one.order);
          if (effectiveFrom < now + ANNOUNCED_MS) expect(widens([...inForce, ...old], order)).toBe(false);
          seen.push({ order, at: now, effectiveFrom });
        }
      },
    ),
    { numRuns: 500 },
  );
});
