/** The tables of floods. Flow: ../floods → here. Spec: docs/design/receiver.md#floods */
import type { TargetReference } from '@lodestone/protocol/paths';
import type { MatchSignal } from '@lodestone/protocol/signal';
import type { Day } from '@lodestone/protocol/time';
import type { Generated } from 'kysely';

export const FLOOD_STATES = ['quarantined', 'kept', 'questioned', 'released'] as const;
/**
 * `kept`: a lead decided that it stays in quarantine. `questioned`: a lead asked the list's authority; quarantined all the same.
 * `released`: a lead decided that the entry counts.
 */
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

/** Texts of a lead's decisions, which the record does not contain. They name no subject, or should not: they are kept as the flood. */
export interface FloodNotesTable {
  /** Number of the decision's entry in the record. */
  seq: number;
  floodNo: number;
  text: string;
}
