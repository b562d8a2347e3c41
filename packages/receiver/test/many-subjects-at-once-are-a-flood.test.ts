/** When an entry is in a flood: many subjects, many more than usual, and many more than a lead released. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isFlood, RECENT_DAYS, USUAL_DAYS } from '../src/floods/rule.ts';

test.each([
  [{ recent: 19, usual: 0, released: 0 }, false],
  [{ recent: 20, usual: 0, released: 0 }, true],
  [{ recent: 20, usual: 28, released: 0 }, true], // two in two days
  [{ recent: 20, usual: 29, released: 0 }, false],
  [{ recent: 199, usual: 0, released: 20 }, false],
  [{ recent: 200, usual: 0, released: 20 }, true],
])('%j: %s', (matches, expected) => expect(isFlood(matches, 20)).toBe(expected));

test('more subjects never end a flood, and what is usual on each day never begins one', () => {
  const number = fc.nat({ max: 10_000 });
  fc.assert(
    fc.property(number, number, number, fc.integer({ min: 2, max: 1_000 }), (recent, usual, released, least) => {
      const matches = { recent, usual, released };
      if (isFlood(matches, least)) expect(isFlood({ ...matches, recent: recent + 1 }, least)).toBe(true);
      const perDay = { recent: recent * RECENT_DAYS, usual: recent * USUAL_DAYS, released };
      expect(isFlood(perDay, least)).toBe(false);
    }),
  );
});
