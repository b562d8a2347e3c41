/**
 * The sandbox's life as a pure state machine: when one starts, who waits for it, and how each request ends.
 * Flow: sandbox → here → effects for sandbox to perform. Promise: each request ends once, starts one sandbox at most, and none
 * starts after a policy forbade it or after dispose. Spec: docs/design/overview.md#data-flow, docs/design/sandbox.md#deadlines
 */
import { type Digest, LodestoneError } from '@lodestone/protocol';

/** One scan or preparation. */
export type RequestId = number;

export type SandboxState =
  /** `hasRun`: a sandbox has run in this page. `failed`: none could be started, and until then none is tried again. */
  | { readonly phase: 'none'; readonly hasRun: boolean; readonly failed?: BootFailure }
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
   * Neither is a document of another build, which needs another release of this page.
   */
  | { readonly phase: 'forbidden'; readonly error: LodestoneError }
  | { readonly phase: 'disposed' };

export interface BootFailure {
  readonly error: LodestoneError;
  /** Milliseconds. */
  readonly until: number;
}

/** A boot that fails takes up to 10 s, and each check would wait for it. So it is remembered for this time. */
export const BOOT_PAUSE_MS = 30_000;

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

export function nextSandbox(state: SandboxState, event: SandboxMachineEvent, now: number): SandboxStep {
  switch (event.type) {
    case 'requested':
      return requested(state, event.id, now);
    case 'started':
      return started(state, event.build);
    case 'not-started':
      return notStarted(state, event.error, now);
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

function requested(state: SandboxState, id: RequestId, now: number): SandboxStep {
  switch (state.phase) {
    case 'none':
      return state.failed && isRemembered(state.failed, now)
        ? { state, effects: reject([id], state.failed.error) }
        : start([id], state.hasRun);
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

function notStarted(state: SandboxState, error: LodestoneError, now: number): SandboxStep {
  if (state.phase !== 'starting') return unchanged(state);
  return {
    state: afterFailure(error, state.hasRun, now),
    effects: [{ type: 'report', report: { state: 'failed', error } }, ...reject(state.waiting, error)],
  };
}

/** Where one has run, the next request tries again at once: the machine may have been too busy. */
function afterFailure(error: LodestoneError, hasRun: boolean, now: number): SandboxState {
  if (error.code === 'ERR_SANDBOX_VERSION' || (error.code === 'ERR_SANDBOX_POLICY' && !hasRun))
    return { phase: 'forbidden', error };
  const mustPause = error.code === 'ERR_SANDBOX_BOOT' && !hasRun;
  return { phase: 'none', hasRun, ...(mustPause && { failed: { error, until: now + BOOT_PAUSE_MS } }) };
}

/** A clock that was set back does not prolong it. */
function isRemembered({ until }: BootFailure, now: number): boolean {
  return now < until && now >= until - BOOT_PAUSE_MS;
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
