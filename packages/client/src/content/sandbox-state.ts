/**
 * The sandbox's life as a pure state machine: when one starts, who waits for it, and how each request ends.
 * Flow: sandbox → here → effects for sandbox to perform. Promise: each request ends once, starts one sandbox at most, and none
 * starts after a policy forbade it or after dispose. Spec: docs/design/overview.md#data-flow, docs/design/sandbox.md#deadlines
 */
import { type Digest, LodestoneError } from '@lodestone/protocol';

/** One scan or preparation. */
export type RequestId = number;

export type SandboxState =
  /** `hasRun`: a sandbox has run in this page. */
  | { readonly phase: 'none'; readonly hasRun: boolean }
  | { readonly phase: 'starting'; readonly hasRun: boolean; readonly waiting: readonly RequestId[] }
  | {
      readonly phase: 'running';
      readonly build: Digest;
      /** Requests that wait until the sandbox has shown that it still answers. */
      readonly waiting: readonly RequestId[];
      readonly active: readonly RequestId[];
    }
  /**
   * A page's headers do not change while it is shown: what they forbid is not tried again. A browser does not report that they
   * block an inlined document, which then is silent, as it is on a machine that is too busy: where one has run, they do not.
   */
  | { readonly phase: 'forbidden'; readonly error: LodestoneError }
  | { readonly phase: 'disposed' };

export type SandboxMachineEvent =
  | { type: 'requested'; id: RequestId }
  | { type: 'started'; build: Digest }
  | { type: 'not-started'; error: LodestoneError }
  /** The answer to `ping`. */
  | { type: 'alive' }
  | { type: 'silent'; error: LodestoneError }
  | { type: 'done'; id: RequestId }
  | { type: 'failed'; id: RequestId; error: LodestoneError }
  /** The sandbox ended without a request of ours. */
  | { type: 'gone'; error: LodestoneError }
  | { type: 'disposed' };

/** The state of the sandbox as it is reported to the host. */
export type SandboxReport =
  | { state: 'starting' }
  | { state: 'ready'; build: Digest }
  /** It did not start (then without `build`), or was terminated. The next request starts another. */
  | { state: 'failed'; error: LodestoneError; build?: Digest };

export type SandboxEffect =
  | { type: 'start' }
  | { type: 'ping' }
  | { type: 'terminate'; error: LodestoneError }
  | { type: 'run'; id: RequestId }
  | { type: 'resolve'; id: RequestId }
  | { type: 'reject'; id: RequestId; error: LodestoneError }
  | { type: 'report'; report: SandboxReport };

export interface SandboxStep {
  state: SandboxState;
  effects: readonly SandboxEffect[];
}

export const NO_SANDBOX: SandboxState = { phase: 'none', hasRun: false };

export function nextSandbox(state: SandboxState, event: SandboxMachineEvent): SandboxStep {
  switch (event.type) {
    case 'requested':
      return requested(state, event.id);
    case 'started':
      return started(state, event.build);
    case 'not-started':
      return notStarted(state, event.error);
    case 'alive':
      return alive(state);
    case 'silent':
      return ended(state, event.error, true);
    case 'done':
      return settled(state, event.id, { type: 'resolve', id: event.id });
    case 'failed':
      return failed(state, event.id, event.error);
    case 'gone':
      return ended(state, event.error, false);
    case 'disposed':
      return dispose(state);
  }
}

function requested(state: SandboxState, id: RequestId): SandboxStep {
  switch (state.phase) {
    case 'none':
      return start([id], state.hasRun);
    case 'starting':
      return { state: { ...state, waiting: [...state.waiting, id] }, effects: [] };
    case 'running':
      return {
        state: { ...state, waiting: [...state.waiting, id] },
        effects: state.waiting.length === 0 ? [{ type: 'ping' }] : [],
      };
    case 'forbidden':
      return { state, effects: [{ type: 'reject', id, error: state.error }] };
    case 'disposed':
      return { state, effects: [{ type: 'reject', id, error: disposed() }] };
  }
}

function started(state: SandboxState, build: Digest): SandboxStep {
  if (state.phase !== 'starting') return unchanged(state);
  return {
    state: { phase: 'running', build, waiting: [], active: state.waiting },
    effects: [{ type: 'report', report: { state: 'ready', build } }, ...run(state.waiting)],
  };
}

function notStarted(state: SandboxState, error: LodestoneError): SandboxStep {
  if (state.phase !== 'starting') return unchanged(state);
  return {
    state:
      error.code === 'ERR_SANDBOX_POLICY' && !state.hasRun
        ? { phase: 'forbidden', error }
        : { phase: 'none', hasRun: state.hasRun },
    effects: [{ type: 'report', report: { state: 'failed', error } }, ...reject(state.waiting, error)],
  };
}

function alive(state: SandboxState): SandboxStep {
  if (state.phase !== 'running') return unchanged(state);
  return {
    state: { ...state, waiting: [], active: [...state.active, ...state.waiting] },
    effects: run(state.waiting),
  };
}

function failed(state: SandboxState, id: RequestId, error: LodestoneError): SandboxStep {
  // A list that is no longer in force is not the sandbox's failure.
  if (error.code === 'ERR_TRUST_MISSING') return settled(state, id, { type: 'reject', id, error });
  return isActive(state, id) ? ended(state, error, true) : unchanged(state);
}

function settled(state: SandboxState, id: RequestId, effect: SandboxEffect): SandboxStep {
  if (!isActive(state, id)) return unchanged(state);
  return { state: { ...state, active: state.active.filter((other) => other !== id) }, effects: [effect] };
}

/** Active requests end with the sandbox. Those that waited get another one. */
function ended(state: SandboxState, error: LodestoneError, mustTerminate: boolean): SandboxStep {
  if (state.phase !== 'running') return unchanged(state);
  const { build, waiting, active } = state;
  const restart =
    waiting.length > 0 ? start(waiting, true) : { state: { phase: 'none', hasRun: true } as const, effects: [] };
  return {
    state: restart.state,
    effects: [
      ...(mustTerminate ? [{ type: 'terminate', error } as const] : []),
      { type: 'report', report: { state: 'failed', error, build } },
      ...reject(active, error),
      ...restart.effects,
    ],
  };
}

function dispose(state: SandboxState): SandboxStep {
  const waiting = state.phase === 'starting' || state.phase === 'running' ? state.waiting : [];
  const active = state.phase === 'running' ? state.active : [];
  const error = disposed();
  return {
    state: { phase: 'disposed' },
    effects: [
      ...(state.phase === 'running' ? [{ type: 'terminate', error } as const] : []),
      ...reject([...active, ...waiting], error),
    ],
  };
}

function start(waiting: readonly RequestId[], hasRun: boolean): SandboxStep {
  return {
    state: { phase: 'starting', hasRun, waiting },
    effects: [{ type: 'report', report: { state: 'starting' } }, { type: 'start' }],
  };
}

function run(ids: readonly RequestId[]): SandboxEffect[] {
  return ids.map((id) => ({ type: 'run', id }));
}

function reject(ids: readonly RequestId[], error: LodestoneError): SandboxEffect[] {
  return ids.map((id) => ({ type: 'reject', id, error }));
}

function unchanged(state: SandboxState): SandboxStep {
  return { state, effects: [] };
}

function isActive(state: SandboxState, id: RequestId): state is Extract<SandboxState, { phase: 'running' }> {
  return state.phase === 'running' && state.active.includes(id);
}

function disposed(): LodestoneError {
  return new LodestoneError('ERR_SANDBOX_GONE', 'the guard was disposed');
}
