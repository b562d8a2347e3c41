/**
 * Decides when a periodic task runs: one run at a time, `everyMs` apart. A run that requests a retry is repeated after
 * one second, then after twice as long each time, up to `everyMs`. Pure. Flow: periodic-task → here.
 * Spec: docs/design/receiver.md#sources.
 */
export interface TaskState {
  readonly status: 'waiting' | 'running' | 'stopping' | 'stopped';
  /** Requested runs that have not started. */
  readonly requested: number;
  /** The wait before the next retry. */
  readonly retryMs: number;
}
export type TaskEvent = { kind: 'requested' | 'wait-ended' | 'stop' } | { kind: 'run-ended'; retry: boolean };
export type TaskAction = { kind: 'none' | 'run' | 'finish' } | { kind: 'wait'; ms: number };
export interface TaskStep {
  state: TaskState;
  action: TaskAction;
}

const FIRST_RETRY_MS = 1_000;
export const INITIAL: TaskState = { status: 'waiting', requested: 0, retryMs: FIRST_RETRY_MS };

export function next(state: TaskState, event: TaskEvent, everyMs: number): TaskStep {
  switch (event.kind) {
    case 'requested':
      return request(state);
    case 'wait-ended':
      return state.status === 'waiting' ? run(state) : { state, action: { kind: 'none' } };
    case 'stop':
      return stop(state);
    case 'run-ended':
      return endRun(state, event.retry, everyMs);
  }
}

function request(state: TaskState): TaskStep {
  if (state.status === 'waiting') return run(state);
  if (state.status !== 'running') return { state, action: { kind: 'none' } };
  return { state: { ...state, requested: state.requested + 1 }, action: { kind: 'none' } };
}

function run(state: TaskState): TaskStep {
  return { state: { ...state, status: 'running' }, action: { kind: 'run' } };
}

/** Runs that were requested before the stop still take place. */
function stop(state: TaskState): TaskStep {
  if (state.status === 'waiting') return { state: { ...state, status: 'stopped' }, action: { kind: 'finish' } };
  if (state.status === 'running') return { state: { ...state, status: 'stopping' }, action: { kind: 'none' } };
  return { state, action: { kind: 'none' } };
}

function endRun(state: TaskState, retry: boolean, everyMs: number): TaskStep {
  const ms = retry ? Math.min(state.retryMs, everyMs) : everyMs;
  const after = { ...state, retryMs: retry ? state.retryMs * 2 : FIRST_RETRY_MS };
  if (state.requested > 0) return { state: { ...after, requested: state.requested - 1 }, action: { kind: 'run' } };
  if (state.status === 'stopping') return { state: { ...after, status: 'stopped' }, action: { kind: 'finish' } };
  return { state: { ...after, status: 'waiting' }, action: { kind: 'wait', ms } };
}
