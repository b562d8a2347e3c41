/** A subset that costs an attacker few guesses is not used if others are there, even if it is the most stable one. Spec: docs/detection/locked-lists.md#subsets */
import { createLocker, loadBlake3 } from '@lodestone/locked-list';
import { nodeArgon2id } from '@lodestone/locked-list/node';
import { log2GuessesFor, minimalScore, scoreOf } from '@lodestone/locked-list/score';
import { LOCKED_PARAMETERS } from '@lodestone/testkit/locked-parameters';
import { expect, test } from 'vitest';
import { chooseSlots } from '../src/locked/choose-slots.ts';

const PREFERRED = 75;
const locker = createLocker(
  { blake3: await loadBlake3(), slowHash: nodeArgon2id },
  LOCKED_PARAMETERS,
  new Uint8Array(32),
);

/** A row that just has the least score at a subset: bits are flipped as long as that makes it cheaper. */
function cheapRow(seed: number, subset: number): Uint8Array {
  let state = seed * 7_919 + 1;
  const byte = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0) >>> 24;
  const row = Uint8Array.from({ length: 32 }, byte);
  let score = scoreOf(row, subset, 96);
  const flip = (bit: number): void => void (row[31 - (bit >> 3)]! ^= 1 << (bit & 7));
  for (let round = 0; round < 6; round++)
    for (const bit of locker.subsets[subset]!) {
      if (score < minimalScore(96) + 0.6) return row;
      flip(bit);
      const next = scoreOf(row, subset, 96);
      if (next < score && next >= minimalScore(96)) score = next;
      else flip(bit);
    }
  return row;
}

test.each([0, 9])('subset %i', (subset) => {
  const ranking = [subset, ...locker.subsets.keys()].filter((one, i, all) => all.indexOf(one) === i);
  let passedOver = 0;
  for (let seed = 0; seed < 24; seed++) {
    const pdq = cheapRow(seed, subset);
    const chosen = chooseSlots(locker, { pdq, ranking }, { bits: 96, slots: 4, isUsed: () => false });
    if (typeof chosen === 'string') continue;
    const allowed = ranking.filter((one) => scoreOf(pdq, one, 96) >= minimalScore(96));
    const strong = allowed.filter((one) => log2GuessesFor(pdq, one, 96) >= PREFERRED);
    const wanted = [...strong, ...allowed.filter((one) => !strong.includes(one))].slice(0, 4);
    expect(new Set(chosen.slots)).toEqual(new Set(wanted));
    if (allowed.includes(subset) && !chosen.slots.includes(subset)) passedOver++;
  }
  expect(passedOver).toBeGreaterThan(0);
});
