/**
 * The part of the outbox's state that is not in storage: unsealed matches, their retries, and the status for the host.
 * Pure. Promise: every match is stored or listed here, and `waiting` counts both.
 * Flow: outbox performs the effects. Spec: docs/design/outbox.md#held-and-queued
 */
import type { LodestoneError } from '@lodestone/protocol';
import type { Match } from '../../match.ts';

export interface OutboxState {
  /** Taken, but not stored yet. A match stays in the list while it is retried. */
  readonly unsealed: readonly Match[];
  /** Queued signals in storage, when they were last counted. */
  readonly queued: number;
  /** Why the last step failed. */
  readonly error: LodestoneError | undefined;
  /** `running-and-due`: a retry runs, and another was requested meanwhile. */
  readonly retry: 'none' | 'scheduled' | 'running' | 'running-and-due';
}

export type OutboxEvent =
  /** A match was counted and stored, held or queued. */
  | { type: 'match-stored'; match: Match; queued: number }
  | { type: 'match-failed'; match: Match; error: LodestoneError }
  /** The pause is over, or a key, a batch of subject ids or an order has changed. */
  | { type: 'retry-requested' }
  | { type: 'retry-ended' }
  | { type: 'queue-counted'; queued: number }
  /** A request was sent; `error` is the reason if it was not delivered. */
  | { type: 'delivery-attempted'; queued: number; error: LodestoneError | undefined }
  | { type: 'subject-ids-changed'; error: LodestoneError | undefined }
  /** Storage failed outside of a match. */
  | { type: 'failed'; error: LodestoneError };

export type OutboxEffect =
  /** Replaces an earlier schedule. */
  { type: 'schedule-retry'; delayMs: number } | { type: 'retry'; matches: readonly Match[] };

export interface OutboxStep {
  readonly state: OutboxState;
  readonly effects: readonly OutboxEffect[];
}

/** The pause before a match that could not be sealed is retried. */
export const RETRY_MS = 5_000;

export const INITIAL: OutboxState = { unsealed: [], queued: 0, error: undefined, retry: 'none' };

export function next(state: OutboxState, event: OutboxEvent): OutboxStep {
  switch (event.type) {
    case 'match-stored': {
      const unsealed = state.unsealed.filter((match) => match !== event.match);
      return { state: { ...state, unsealed, queued: event.queued }, effects: [] };
    }
    case 'match-failed':
      return scheduleRetry({ ...state, unsealed: withMatch(state.unsealed, event.match), error: event.error });
    case 'retry-requested':
      return startRetry(state);
    case 'retry-ended':
      return endRetry(state);
    case 'queue-counted':
      return { state: { ...state, queued: event.queued }, effects: [] };
    case 'delivery-attempted':
      return { state: { ...state, queued: event.queued, error: event.error }, effects: [] };
    case 'subject-ids-changed': {
      const changed = { ...state, error: event.error };
      return event.error ? { state: changed, effects: [] } : startRetry(changed);
    }
    case 'failed':
      return { state: { ...state, error: event.error }, effects: [] };
  }
}

/** The status for the host. */
export function outboxStatus({ unsealed, queued, error }: OutboxState): { waiting: number; error?: LodestoneError } {
  return { waiting: queued + unsealed.length, ...(error && { error }) };
}

function withMatch(unsealed: readonly Match[], match: Match): readonly Match[] {
  return unsealed.includes(match) ? unsealed : [...unsealed, match];
}

function isRunning({ retry }: OutboxState): boolean {
  return retry === 'running' || retry === 'running-and-due';
}

/** A retry that runs schedules the next one when it ends. */
function scheduleRetry(state: OutboxState): OutboxStep {
  if (isRunning(state)) return { state, effects: [] };
  return { state: { ...state, retry: 'scheduled' }, effects: [{ type: 'schedule-retry', delayMs: RETRY_MS }] };
}

function startRetry(state: OutboxState): OutboxStep {
  if (isRunning(state)) return { state: { ...state, retry: 'running-and-due' }, effects: [] };
  if (state.unsealed.length === 0) return { state: { ...state, retry: 'none' }, effects: [] };
  return { state: { ...state, retry: 'running' }, effects: [{ type: 'retry', matches: state.unsealed }] };
}

function endRetry(state: OutboxState): OutboxStep {
  const idle: OutboxState = { ...state, retry: 'none' };
  if (state.unsealed.length === 0) return { state: { ...idle, error: undefined }, effects: [] };
  return state.retry === 'running-and-due' ? startRetry(idle) : scheduleRetry(idle);
}
