/**
 * A guard's life as a pure state machine: from events of the network side and the sandbox to status and effects.
 * Flow: guard → here → effects for guard to perform. Promise: the status is `ready` only after storage is read, a sandbox that
 * is ready has a build, and nothing starts after dispose. Spec: docs/design/client.md#guard, docs/design/client.md#status
 */
import type { Digest, ManifestDigest, LodestoneError, PartName } from '@lodestone/protocol';
import type { SandboxReport } from './content/sandbox-state.ts';
import { problemsOf } from './problems.ts';
import { STARTING_STATUS, type GuardStatus, type ModelStatus } from './status.ts';

export interface GuardState {
  readonly phase: 'opening' | 'open' | 'failed' | 'disposed';
  readonly status: GuardStatus;
  /** As the updater reports them, without the sandbox's errors. */
  readonly models: readonly ModelStatus[];
  /** Why a model does not run in the sandbox, by the digest of its manifest. */
  readonly modelErrors: ReadonlyMap<ManifestDigest, LodestoneError>;
}

/** The part of the status that the updater reports. */
export type InputsStatus = Pick<GuardStatus, 'sources' | 'orders' | 'lists' | 'models'>;

export type GuardEvent =
  /** Storage is read and the network side runs. */
  | { type: 'opened'; storage: GuardStatus['storage'] }
  | { type: 'not-opened'; error: LodestoneError }
  | { type: 'inputs'; inputs: InputsStatus; isOrderInForce: boolean }
  /** Storage, notices or the outbox changed. */
  | { type: 'network'; change: Partial<GuardStatus> }
  | { type: 'model'; manifestDigest: ManifestDigest; error: LodestoneError | undefined }
  | { type: 'part'; part: PartName; error: LodestoneError | undefined }
  | { type: 'sandbox'; report: SandboxReport }
  | { type: 'disposed' };

export type GuardEffect =
  /** Read the inputs again: an `inputs` event follows. */
  | { type: 'read-inputs' }
  | { type: 'refresh' }
  | { type: 'prepare-sandbox' }
  /** Load models before the first picture. */
  | { type: 'warm-up' }
  | { type: 'note'; note: 'sandbox-started' | 'sandbox-terminated'; build: Digest }
  /** End the sandbox, the timers and all requests. */
  | { type: 'stop' };

export interface GuardStep {
  state: GuardState;
  effects: readonly GuardEffect[];
}

export const FIRST_STATE: GuardState = {
  phase: 'opening',
  status: STARTING_STATUS,
  models: [],
  modelErrors: new Map(),
};

/** Nothing is scanned or sent any more. */
const AFTER_DISPOSE: Partial<GuardStatus> = { state: 'disposed', sandbox: { state: 'none' }, outbox: { armed: [] } };

export function nextGuard(state: GuardState, event: GuardEvent): GuardStep {
  if (state.phase === 'disposed') return unchanged(state);
  switch (event.type) {
    case 'opened':
      return opened(state, event.storage);
    case 'not-opened':
      return {
        state: { ...withStatus(state, whenNotOpened(event.error)), phase: 'failed' },
        effects: [],
      };
    case 'inputs':
      return inputsChanged(state, event);
    case 'network':
      return { state: withStatus(state, event.change), effects: [] };
    case 'model':
      return modelChanged(state, event);
    case 'part':
      return partChanged(state, event);
    case 'sandbox':
      return sandboxChanged(state, event.report);
    case 'disposed':
      return {
        state: { ...withStatus(state, AFTER_DISPOSE), phase: 'disposed' },
        effects: [{ type: 'stop' }],
      };
  }
}

/** A browser that lacks a feature lacks it until it is updated, so that state is final. */
function whenNotOpened(error: LodestoneError): Partial<GuardStatus> {
  return {
    sandbox: { state: 'failed', error },
    ...(error.code === 'ERR_UNSUPPORTED' && { state: 'unsupported' }),
  };
}

function opened(state: GuardState, storage: GuardStatus['storage']): GuardStep {
  if (state.phase !== 'opening') return unchanged(state);
  return {
    state: { ...withStatus(state, { state: 'ready', storage }), phase: 'open' },
    effects: [{ type: 'read-inputs' }, { type: 'refresh' }],
  };
}

function inputsChanged(
  state: GuardState,
  { inputs, isOrderInForce }: Extract<GuardEvent, { type: 'inputs' }>,
): GuardStep {
  if (state.phase !== 'open') return unchanged(state);
  const models = inputs.models.map((model) => withError(model, state.modelErrors));
  const needsSandbox = isOrderInForce && state.status.sandbox.state === 'none';
  return {
    state: { ...withStatus(state, { ...inputs, models }), models: inputs.models },
    effects: [...(needsSandbox ? [{ type: 'prepare-sandbox' } as const] : []), { type: 'warm-up' }],
  };
}

function modelChanged(state: GuardState, { manifestDigest, error }: Extract<GuardEvent, { type: 'model' }>): GuardStep {
  if (state.modelErrors.get(manifestDigest) === error) return unchanged(state);
  const modelErrors = new Map(state.modelErrors);
  if (error) modelErrors.set(manifestDigest, error);
  else modelErrors.delete(manifestDigest);
  const models = state.models.map((model) => withError(model, modelErrors));
  return { state: { ...withStatus(state, { models }), modelErrors }, effects: [{ type: 'warm-up' }] };
}

function partChanged(state: GuardState, { part, error }: Extract<GuardEvent, { type: 'part' }>): GuardStep {
  const others = state.status.parts.filter((one) => one.part !== part);
  if (!error && others.length === state.status.parts.length) return unchanged(state);
  return { state: withStatus(state, { parts: error ? [...others, { part, error }] : others }), effects: [] };
}

function sandboxChanged(state: GuardState, report: SandboxReport): GuardStep {
  return {
    state: withStatus(state, { sandbox: report }),
    effects: [...noteOf(report), { type: 'warm-up' }],
  };
}

/** The ledger records that a sandbox ran and that it ended. One that never ran is not recorded. */
function noteOf(report: SandboxReport): GuardEffect[] {
  if (report.state === 'ready') return [{ type: 'note', note: 'sandbox-started', build: report.build }];
  if (report.state === 'failed' && report.build)
    return [{ type: 'note', note: 'sandbox-terminated', build: report.build }];
  return [];
}

function withError(model: ModelStatus, errors: GuardState['modelErrors']): ModelStatus {
  const error = model.release && errors.get(model.release.manifestDigest);
  return error ? { ...model, error } : model;
}

function withStatus(state: GuardState, change: Partial<GuardStatus>): GuardState {
  const status: GuardStatus = { ...state.status, ...change };
  return { ...state, status: Object.freeze({ ...status, problems: problemsOf(status) }) };
}

function unchanged(state: GuardState): GuardStep {
  return { state, effects: [] };
}
