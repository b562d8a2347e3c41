/**
 * Scores of rows before they are locked, and what they say about a whole list. Only authorities and auditors need it: the tables are larger than all
 * that a device needs. Spec: docs/detection/locked-scoring.md#score
 * @module @lodestone/locked-list/score
 */
export { log2GuessesFor, minimalScore, type ScoredBits, scoreOf, tablesDigest } from './score.ts';
export { type Strength, strengthOf } from './strength.ts';
export { isTooWeak, strongSubsetsNeeded } from './weak-row.ts';
