/**
 * Says at import which rows of a picture are too weak to be locked, while the name of the file is at hand: publication refuses them by entry
 * number. Spec: docs/design/authority.md#locked-lists
 */
import { minimalScore, scoreOf } from '@lodestone/locked-list/score';
import { LOCKED_LIMITS } from '@lodestone/protocol/limits';
import type { Row } from './import-record.ts';

/** Slots of a row up to 300,000 rows; a larger list needs two. */
const SLOTS = 4;
const BITS = LOCKED_LIMITS.bits[0];

/** @returns a sentence about the rows that came with a ranking, thus from a picture; undefined if all are strong enough */
export function weakness(rows: readonly Row[]): string | undefined {
  const ranked = rows.filter(({ subsets }) => subsets !== undefined);
  const weak = ranked.filter(({ payload }) => strongSubsets(payload) < SLOTS);
  if (weak.length === 0) return undefined;
  const whole = weak.some(({ crop }) => crop === undefined) ? ', the uncut picture among them,' : '';
  return `${weak.length} of ${ranked.length} rows${whole} can be guessed too easily, as is usual for screenshots, text, framed pictures and things on a plain ground: not published`;
}

function strongSubsets(pdq: Uint8Array): number {
  let strong = 0;
  for (let subset = 0; subset < LOCKED_LIMITS.subsets && strong < SLOTS; subset++)
    if (scoreOf(pdq, subset, BITS) >= minimalScore(BITS)) strong++;
  return strong;
}
