/**
 * A locked list, searched for the pictures of a content item. Flow: main → here → @lodestone/locked-list. Promise: a search never rejects;
 * what is not searched is a fault; what was computed of a picture is overwritten. Spec: docs/design/sandbox.md#locked-lists
 */
import { marginsOf } from '@lodestone/pdq';
import { flipCosts, LockedBudget, type LockedIndex, type LockedQuery } from '@lodestone/locked-list';
import type { LockedList, LockedListQuery, LockedSearch } from './input.ts';
import { shareOf } from './shares.ts';

export function lockedList(index: LockedIndex): LockedList {
  return { search: (share) => searchOf(index, new LockedBudget(share)) };
}

function searchOf(index: LockedIndex, budget: LockedBudget): LockedSearch {
  let fault: LockedSearch['fault'];
  return {
    get fault() {
      return fault;
    },
    async queryBatch(queries, maxDistance) {
      const tried: LockedQuery[] = [];
      try {
        for (const query of queries) tried.push({ hash: query.hash, costs: costsOf(query), share: shareOf(query) });
        const { matches, isComplete } = await index.queryBatch(tried, maxDistance, budget);
        if (!isComplete) fault ??= 'too-long';
        return matches;
      } catch {
        // Memory ran out.
        fault ??= 'codec';
        return [];
      } finally {
        for (const { costs } of tried) costs.fill(0);
      }
    },
  };
}

function costsOf({ coefficients, orientation }: LockedListQuery): Float32Array {
  if (!coefficients) throw new TypeError('a locked list is searched with coefficients');
  const margins = marginsOf(coefficients, orientation);
  const costs = flipCosts(margins);
  margins.fill(0);
  return costs;
}
