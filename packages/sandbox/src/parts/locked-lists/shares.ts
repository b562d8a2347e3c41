/** The share of a list's tries that each hash of a picture gets. Spec: docs/design/sandbox.md#locked-lists */
import type { VariantGroup } from '@lodestone/pdq';
import type { LockedListQuery } from './input.ts';

/** The picture as it is shown, and each other orientation. */
const SHOWN = 0.4;
const OF_GROUP: Readonly<Record<VariantGroup, number>> = { phase: 0.2, margins: 0.1, borders: 0.4, rotations: 0.05 };
/** There are eight of them, and each undoes one crop only. */
const ONE_SIDED = 0.05;

export function shareOf({ group, name = '' }: Pick<LockedListQuery, 'group' | 'name'>): number {
  if (!group) return SHOWN;
  return / (?:left|top|right|bottom)$/.test(name) ? ONE_SIDED : OF_GROUP[group];
}
