/**
 * Says at import which rows of a picture are too weak to be locked, while the name of the file is at hand: publication refuses them by entry
 * number. Spec: docs/design/authority.md#locked-lists
 */
import { isTooWeak, type ScoredBits } from '@lodestone/locked-list/score';
import { LOCKED_LIMITS } from '@lodestone/protocol/limits';
import type { LockedParameters } from '@lodestone/protocol/locked-rows';
import type { Row } from './import-record.ts';

/** Of a list that has not been published: with fewer subsets, more rows can be too weak. */
const UNPUBLISHED = { bits: LOCKED_LIMITS.bits[0], subsets: LOCKED_LIMITS.subsets, slots: 4 };

/** @param parameters of the list, if it has been published */
export function isWeakRow(
  pdq: Uint8Array,
  { bits, subsets, slots }: Pick<LockedParameters, 'bits' | 'subsets' | 'slots'> = UNPUBLISHED,
): boolean {
  return isTooWeak(pdq, { bits: bits as ScoredBits, subsets, slots });
}

/** @returns a sentence about the rows that came with a ranking, thus from a picture; undefined if all are strong enough */
export function weakness(rows: readonly Row[], parameters: LockedParameters | undefined): string | undefined {
  const ranked = rows.filter(({ subsets }) => subsets !== undefined);
  const weak = ranked.filter(({ payload }) => isWeakRow(payload, parameters));
  if (weak.length === 0) return undefined;
  const whole = weak.some(({ crop }) => crop === undefined) ? ', the uncut picture among them,' : '';
  const rest =
    weak.length === ranked.length
      ? 'not published. A plain list takes the picture'
      : 'not published. The others are, so no plain list takes the picture';
  return `${weak.length} of ${ranked.length} rows${whole} can be guessed too easily, as is usual for screenshots, text, framed pictures and things on a plain ground: ${rest}`;
}
