/**
 * Rows of a list that a device can match against its own pictures, and cannot read. Spec: docs/detection/locked-lists.md
 * @module @lodestone/locked-list
 */
export { loadArgon2id } from './argon2id.ts';
export { type Blake3, loadBlake3 } from './blake3.ts';
export { LockedBudget } from './budget.ts';
export type { SlowHash } from './derive.ts';
export { createLocker, type Locker } from './lock.ts';
export { lockRows, type RowToLock } from './lock-rows.ts';
export { LockedIndex, type LockedMatch, type LockedMatches, type LockedQuery } from './locked-index.ts';
export { CANDIDATE_BITS, type Subset, subsetsOf } from './subsets.ts';
export { flipCosts } from './flip-costs.ts';
export { rankSubsets } from './stability.ts';
