/** The table of floods. Flow: ../floods → here. Spec: docs/design/receiver.md#floods */
import type { TargetReference } from '@lodestone/protocol/paths';
import type { MatchSignal } from '@lodestone/protocol/signal';
import type { Day } from '@lodestone/protocol/time';
import type { Generated } from 'kysely';

export const FLOOD_STATES = ['quarantined', 'questioned', 'released'] as const;
/** `questioned`: a lead asked the list's authority; quarantined all the same. `released`: a lead decided that the entry counts. */
export type FloodState = (typeof FLOOD_STATES)[number];

/** Entries that many subjects matched at once. Nothing here leads to a subject. */
export interface FloodsTable {
  floodNo: Generated<number>;
  reference: TargetReference;
  kind: MatchSignal['kind'];
  /** Entry number in the list; 0 for a model. */
  entry: number;
  state: FloodState;
  /** Day on which it was quarantined. */
  sinceDay: Day;
  /** Distinct subjects of the two days until then. */
  subjects: number;
}
