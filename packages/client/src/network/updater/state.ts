/**
 * The state of the updater: the stored inputs, those in force, whether a round runs, and how many rounds failed in a
 * row. Pure; time and randomness are arguments. Promise: one round at a time, and each round schedules the next.
 * Flow: updater performs the effects. Spec: docs/design/signed-inputs.md#refresh-rounds
 */
import type { Inputs } from '../../inputs.ts';
import { inForce } from './in-force.ts';
import type { RoundReport } from './refresh.ts';
import type { StoredInputs } from './stored-inputs.ts';

export interface UpdaterState {
  readonly phase: 'idle' | 'running' | 'stopped';
  /** Failed rounds in a row. */
  readonly failures: number;
  readonly stored: StoredInputs;
  /** The same object until something changes. */
  readonly inputs: Inputs;
  /** The report of the last round that did not crash. */
  readonly lastRound: RoundReport | undefined;
}

export type UpdaterEvent =
  /** The host or the timer requested a round. */
  | { type: 'round-requested' }
  | { type: 'round-reported'; report: RoundReport }
  /** `crashed`: the round, or writing its results, threw. `random` is in [0, 1). */
  | { type: 'round-ended'; crashed: boolean; random: number }
  | { type: 'inputs-read'; stored: StoredInputs }
  | { type: 'time-passed' }
  | { type: 'stopped' };

export type UpdaterEffect = { type: 'start-round' } | { type: 'schedule-round'; delayMs: number };

export interface UpdaterStep {
  readonly state: UpdaterState;
  readonly effects: readonly UpdaterEffect[];
}

/** Every five to seven hours, so that suppressions reach devices within a day even if rounds fail. */
export const REFRESH_MS: { min: number; max: number } = { min: 5 * 3_600_000, max: 7 * 3_600_000 };
/** After a failed round; doubled for each failure in a row. */
export const RETRY_MS: { first: number; max: number } = { first: 30_000, max: 3_600_000 };

export function initial(stored: StoredInputs, now: number): UpdaterState {
  return { phase: 'idle', failures: 0, stored, inputs: inForce(stored.accepted, now), lastRound: undefined };
}

export function next(state: UpdaterState, event: UpdaterEvent, now: number): UpdaterStep {
  switch (event.type) {
    case 'round-requested':
      if (state.phase !== 'idle') return { state, effects: [] };
      return { state: { ...state, phase: 'running' }, effects: [{ type: 'start-round' }] };
    case 'round-reported':
      return { state: { ...state, lastRound: event.report }, effects: [] };
    case 'round-ended':
      return state.phase === 'running' ? endRound(state, event) : { state, effects: [] };
    case 'inputs-read':
      return { state: withInputs({ ...state, stored: event.stored }, now), effects: [] };
    case 'time-passed':
      return { state: withInputs(state, now), effects: [] };
    case 'stopped':
      return { state: { ...state, phase: 'stopped' }, effects: [] };
  }
}

function endRound(
  state: UpdaterState,
  { crashed, random }: Extract<UpdaterEvent, { type: 'round-ended' }>,
): UpdaterStep {
  const failures = crashed || hasFailed(state.lastRound) ? state.failures + 1 : 0;
  return {
    state: { ...state, phase: 'idle', failures },
    effects: [{ type: 'schedule-round', delayMs: delayMs(failures, random) }],
  };
}

function delayMs(failures: number, random: number): number {
  if (failures > 0) return Math.min(RETRY_MS.first * 2 ** (failures - 1), RETRY_MS.max);
  // Cut to whole milliseconds before the sum, which would round a value just below `max` up to it.
  return REFRESH_MS.min + Math.floor(random * (REFRESH_MS.max - REFRESH_MS.min));
}

/**
 * A model without the accuracy figures that an order requires is no failure: the next round would find it unchanged.
 */
function hasFailed(report: RoundReport | undefined): boolean {
  if (!report) return false;
  const errors = [...report.sourceErrors.values(), ...report.targetErrors.values()];
  return errors.some(({ code }) => code !== 'ERR_MODEL');
}

function withInputs(state: UpdaterState, now: number): UpdaterState {
  const inputs = inForce(state.stored.accepted, now);
  const isSame = JSON.stringify(inputs) === JSON.stringify(state.inputs);
  return isSame ? state : { ...state, inputs };
}
