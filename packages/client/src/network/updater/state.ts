/**
 * The state of the updater: the stored inputs, those in force, whether a round or transfers run, and how many rounds
 * failed in a row. Pure; time and randomness are arguments. Promise: one round at a time in this tab, each round schedules
 * the next, and transfers delay no round.
 * Flow: updater performs the effects. Spec: docs/design/signed-inputs.md#refresh-rounds
 */
import type { Inputs } from '../../inputs.ts';
import { inForce } from './in-force.ts';
import type { RoundReport } from './refresh.ts';
import type { StoredInputs } from './stored-inputs.ts';
import type { TransferErrors } from './transfer.ts';

export interface UpdaterState {
  readonly phase: 'idle' | 'running' | 'stopped';
  readonly transfers: 'idle' | 'running';
  /** Failed rounds in a row; failed transfers count as a failed round. */
  readonly failures: number;
  readonly stored: StoredInputs;
  /** The same object until something changes. */
  readonly inputs: Inputs;
  /** The report of the last round that did not crash. */
  readonly lastRound: RoundReport | undefined;
  /** Of the last transfers. */
  readonly transferErrors: TransferErrors;
}

/** `superseded`: a newer round of another tab ended it, which is no failure. `crashed`: storage failed. */
export const ROUND_OUTCOMES = ['done', 'superseded', 'crashed'] as const;
export type RoundOutcome = (typeof ROUND_OUTCOMES)[number];

/** `random` is in [0, 1). */
export type UpdaterEvent =
  /** The host or the timer requested a round. */
  | { type: 'round-requested' }
  | { type: 'round-reported'; report: RoundReport }
  | { type: 'round-ended'; outcome: RoundOutcome; random: number }
  | { type: 'transfers-ended'; errors: TransferErrors; random: number }
  | { type: 'inputs-read'; stored: StoredInputs }
  | { type: 'time-passed' }
  | { type: 'stopped' };

export type UpdaterEffect =
  | { type: 'start-round' }
  | { type: 'start-transfers' }
  /** Replaces the round that was scheduled before. */
  | { type: 'schedule-round'; delayMs: number };

export interface UpdaterStep {
  readonly state: UpdaterState;
  readonly effects: readonly UpdaterEffect[];
}

/** Every five to seven hours, so that suppressions reach devices within a day even if rounds fail. */
export const REFRESH_MS: { min: number; max: number } = { min: 5 * 3_600_000, max: 7 * 3_600_000 };
/** After a failed round; doubled for each failure in a row. */
export const RETRY_MS: { first: number; max: number } = { first: 30_000, max: 3_600_000 };
/** A round's deadline. A tab that waits for another tab's round takes over after twice this time. */
export const ROUND_MS = 120_000;

export function initial(stored: StoredInputs, now: number): UpdaterState {
  return {
    phase: 'idle',
    transfers: 'idle',
    failures: 0,
    stored,
    inputs: inForce(stored.accepted, now),
    lastRound: undefined,
    transferErrors: new Map(),
  };
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
    case 'transfers-ended':
      return state.transfers === 'running' ? endTransfers(state, event) : { state, effects: [] };
    case 'inputs-read':
      return { state: withInputs({ ...state, stored: event.stored }, now), effects: [] };
    case 'time-passed':
      return { state: withInputs(state, now), effects: [] };
    case 'stopped':
      return { state: { ...state, phase: 'stopped', transfers: 'idle' }, effects: [] };
  }
}

function endRound(
  state: UpdaterState,
  { outcome, random }: Extract<UpdaterEvent, { type: 'round-ended' }>,
): UpdaterStep {
  const failures = failuresAfter(state, outcome);
  const transfers: readonly UpdaterEffect[] = state.transfers === 'idle' ? [{ type: 'start-transfers' }] : [];
  return {
    state: { ...state, phase: 'idle', failures, transfers: 'running' },
    effects: [{ type: 'schedule-round', delayMs: delayMs(failures, random) }, ...transfers],
  };
}

/** Failures of transfers count once, when the transfers end. */
function failuresAfter({ failures, lastRound, transferErrors }: UpdaterState, outcome: RoundOutcome): number {
  if (outcome === 'crashed' || (outcome === 'done' && hasFailed(lastRound))) return failures + 1;
  return transferErrors.size > 0 ? failures : 0;
}

function endTransfers(
  state: UpdaterState,
  { errors, random }: Extract<UpdaterEvent, { type: 'transfers-ended' }>,
): UpdaterStep {
  const hadFailed = hasFailed(state.lastRound);
  const failures = errors.size > 0 ? state.failures + 1 : hadFailed ? state.failures : 0;
  const after: UpdaterState = { ...state, transfers: 'idle', transferErrors: errors, failures };
  // The next round is scheduled already; only what the transfers change is scheduled again.
  if (state.phase !== 'idle' || failures === state.failures) return { state: after, effects: [] };
  return { state: after, effects: [{ type: 'schedule-round', delayMs: delayMs(failures, random) }] };
}

function delayMs(failures: number, random: number): number {
  if (failures > 0) return Math.min(RETRY_MS.first * 2 ** (failures - 1), RETRY_MS.max);
  // Cut to whole milliseconds before the sum, which would round a value just below `max` up to it.
  return REFRESH_MS.min + Math.floor(random * (REFRESH_MS.max - REFRESH_MS.min));
}

function hasFailed(report: RoundReport | undefined): boolean {
  return report !== undefined && report.sourceErrors.size + report.targetErrors.size > 0;
}

function withInputs(state: UpdaterState, now: number): UpdaterState {
  const inputs = inForce(state.stored.accepted, now);
  const isSame = JSON.stringify(inputs) === JSON.stringify(state.inputs);
  return isSame ? state : { ...state, inputs };
}
