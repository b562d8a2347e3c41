/** Where attempts run, and which lazy parts have a worker to probe. Flow: the table of lazy parts → here → engine-run.ts. Spec: docs/design/audit.md#probe */
import { LAZY_PARTS, PART_NAMES, type PartName } from '@lodestone/protocol/lazy-parts';
import type { Place } from './attempts/attempts.ts';

/**
 * `content`: the scanner's worker after the scope lockdown, when content arrives; `worker`: before it, with the policy alone.
 * The name of a lazy part, and the name with `-policy`: the same in the part's worker.
 */
export type ProbedPlace = Place | 'content' | PartName | `${PartName}-policy`;

/** A part of kind `module` runs in the scanner's worker, which is probed anyway. */
export const PARTS_IN_WORKERS: readonly PartName[] = PART_NAMES.filter((name) => LAZY_PARTS[name].kind === 'worker');

/** Whether the scope lockdown has run in this place. */
export function isLocked(place: ProbedPlace): boolean {
  return place !== 'window' && place !== 'worker' && !place.endsWith('-policy');
}
