/** What a lead can decide about an entry in a flood, by its state. Pure. Flow: decide, console → here. Spec: docs/design/receiver.md#floods */
import { FLOOD_ACTIONS, type FloodAction } from '@lodestone/protocol/case-record';
import type { FloodState, FloodsTable } from '../db/schema-floods.ts';

/** State and decision → next state. A missing one is refused. */
const TRANSITIONS: Readonly<Record<FloodState, Readonly<Partial<Record<FloodAction, FloodState>>>>> = {
  quarantined: { 'question-entry': 'questioned', 'keep-entry': 'kept', 'release-entry': 'released' },
  kept: { 'question-entry': 'questioned', 'release-entry': 'released' },
  questioned: { 'release-entry': 'released' },
  released: {},
};

const REFUSALS: Readonly<Record<FloodState, string>> = {
  quarantined: 'is in quarantine',
  kept: 'is kept in quarantine already; the authority can be asked, or the entry released',
  questioned: 'is questioned already and stays in quarantine; its feedback can be saved again, or the entry released',
  released: 'is released already; nothing is in question until it is in a flood again',
};

/** @returns the state after the decision, or why it is refused */
export function nextFloodState(
  { state, kind }: Pick<FloodsTable, 'state' | 'kind'>,
  action: FloodAction,
): { state: FloodState } | { refusal: string } {
  const next = TRANSITIONS[state][action];
  if (next === undefined) return { refusal: REFUSALS[state] };
  if (action === 'question-entry' && kind !== 'match')
    return { refusal: 'is of a model, which has no authority of lists; tell who made it' };
  return { state: next };
}

export function allowedFloodActions(flood: Pick<FloodsTable, 'state' | 'kind'>): FloodAction[] {
  return FLOOD_ACTIONS.filter((action) => 'state' in nextFloodState(flood, action));
}
