/**
 * Ranks the subsets by which a picture's row can be locked: an edit of the picture changes the first one least. Only the ranking is kept: the
 * coefficients behind it are a small picture of the picture. Spec: docs/design/authority.md#locked-lists
 */
import { flipCosts, loadBlake3, rankSubsets, subsetsOf } from '@lodestone/locked-list';
import { type HashedPicture, marginsOf } from '@lodestone/pdq';
import { LOCKED_LIMITS } from '@lodestone/protocol/limits';

/** 16 digits in hex, as the record has them. */
export type RankSubsets = (picture: Required<Pick<HashedPicture, 'coefficients'>>) => string;

export async function loadRankSubsets(): Promise<RankSubsets> {
  const subsets = subsetsOf(await loadBlake3(), { subsets: LOCKED_LIMITS.subsets, bits: LOCKED_LIMITS.bits[0] });
  return ({ coefficients }) => {
    const ranking = rankSubsets(subsets, flipCosts(marginsOf(coefficients)));
    coefficients.fill(0);
    return ranking.map((subset) => subset.toString(16)).join('');
  };
}
