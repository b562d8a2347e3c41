/** The face that a host app sees. Wires the side that sees content to the side that talks; holds no rule itself. Spec: DESIGN §3. */
import { type Digest, LodestoneError, type Media, type Surface } from '@lodestone/protocol';
import { createChecker, type CheckOptions } from './check.ts';
import type { SandboxSource } from './content/boot-errors.ts';
import { createQueue } from './content/queue.ts';
import { createSandbox } from './content/sandbox.ts';
import type { SandboxReport } from './content/sandbox-state.ts';
import { checkBrowserSupport } from './browser-support.ts';
import type { Ledger } from './network/ledger.ts';
import { type Network, openNetwork } from './network/network.ts';
import { checkOptions, type GuardOptions } from './options.ts';
import { NO_INPUTS } from './inputs.ts';
import type { Check } from './policy.ts';
import { appliesTo } from './scan-plan.ts';
import { type GuardStatus, type ModelStatus, StatusHolder } from './status.ts';
import { createWarmUp } from './warm-up.ts';

export interface Guard extends Disposable {
  /** Resolves when the stored inputs are read; never rejects. */
  readonly ready: Promise<void>;
  /**
   * Whether content of this kind is checked now; true while that is not known. Asked of `media: 'image'`, it takes a picture to
   * be near: a classifier that an order names for it, and that has ended idle, is started when no check waits.
   */
  appliesTo(what: { surface: Surface; media?: Media }): boolean;
  /**
   * Checks the very bytes that will be sent or shown.
   * @throws the signal's reason, or `LodestoneError` `ERR_DISPOSED`, `ERR_NO_DOCUMENT`, `ERR_CONTENT`; nothing else
   */
  check(content: Blob | BufferSource, options: CheckOptions): Promise<Check>;
  /** Frozen; the same object until something changes. */
  readonly status: GuardStatus;
  /** Calls back after each change; returns how to stop. */
  subscribe(changed: () => void): () => void;
  /** Says that an announced order (its digest) or a notice (its id) has been shown to the user. */
  acknowledge(id: string): Promise<void>;
  readonly ledger: Ledger;
  dispose(): void;
}

/**
 * Begins to guard a page. Synchronous and total: wrong options throw `ERR_OPTIONS`, nothing else does. A browser below
 * the floor shows as `status.sandbox` failed with `ERR_UNSUPPORTED`. Without a document (server-side rendering) it stays idle.
 */
export function createGuard(given: GuardOptions): Guard {
  const options = checkOptions(given);
  if (typeof document === 'undefined') return idleGuard();

  const status = new StatusHolder();
  const stopping = new AbortController();
  const stop = stopping.signal;
  const now = (): number => Date.now();
  const update = (change: Partial<GuardStatus>): void => {
    if (!stop.aborted) status.update(change);
  };

  let network: Network | undefined;
  /** Models that the sandbox could not run, by the digest of their manifest. */
  const modelFaults = new Map<Digest, LodestoneError>();
  const opened = checkBrowserSupport().then(() => openNetwork(options, { now, update, changed: inputsChanged, stop }));
  const sandbox = createSandbox({
    source: () => sandboxSource(options.sandboxUrl),
    listFile: async (digest) => (await opened).updater.listFile(digest),
    entriesOf: (digest) => network?.updater.entriesOf(digest),
    classifierCode: async () => (await import('./content/classifier.generated.ts')).CLASSIFIER_CODE,
    modelFile: async (manifest) => (await opened).updater.modelFile(manifest),
    modelChanged,
    changed: sandboxChanged,
    stop,
  });
  const scanning = { inputs: () => network?.updater.inputs() ?? NO_INPUTS, queue: createQueue(now), sandbox };
  const warmUp = createWarmUp({ ...scanning, isReady: () => status.current.sandbox.state === 'ready' });
  const check = createChecker({
    ...scanning,
    take: async (matches) => (await opened).outbox.take(matches),
  });

  update({ state: 'starting' });
  const ready = opened.then(
    (open) => {
      network = open;
      update({ state: 'ready', storage: open.kind() });
      inputsChanged();
      void open.updater.refresh();
    },
    (cause: unknown) => {
      const error =
        cause instanceof LodestoneError
          ? cause
          : new LodestoneError('ERR_STORAGE', 'the guard cannot start', { cause });
      update({ sandbox: { state: 'failed', error } });
    },
  );

  function inputsChanged(): void {
    if (!network) return;
    const { models, ...rest } = network.updater.status();
    update({ ...rest, models: models.map(withFault) });
    if (network.updater.inputs().orders.length > 0 && status.current.sandbox.state === 'none') void sandbox.prepare();
    warmUp.changed();
  }

  function withFault(model: ModelStatus): ModelStatus {
    const error = model.release && modelFaults.get(model.release.manifestDigest);
    return error ? { ...model, error } : model;
  }

  function modelChanged(manifest: Digest, error: LodestoneError | undefined): void {
    if (modelFaults.get(manifest) === error) return;
    if (error) modelFaults.set(manifest, error);
    else modelFaults.delete(manifest);
    inputsChanged();
  }

  function sandboxChanged(state: SandboxReport): void {
    if (state.state === 'ready') void network?.ledger.note({ note: 'sandbox-started', of: state.build });
    if (state.state === 'failed' && state.build && !stop.aborted)
      void network?.ledger.note({ note: 'sandbox-terminated', of: state.build });
    update({ sandbox: state });
    warmUp.changed();
  }

  const dispose = (): void => {
    if (stop.aborted) return;
    status.update({ state: 'disposed', sandbox: { state: 'none' } });
    stopping.abort(new LodestoneError('ERR_DISPOSED', 'the guard was disposed'));
  };

  return {
    ready,
    appliesTo(what) {
      const isCovered = !network || appliesTo(network.updater.inputs(), what);
      if (isCovered && what.media === 'image') warmUp.expected(what.surface);
      return isCovered;
    },
    async check(content, checkOptions) {
      stop.throwIfAborted();
      await ready;
      stop.throwIfAborted();
      return check(content, checkOptions);
    },
    get status() {
      return status.current;
    },
    subscribe: (changed) => status.subscribe(changed),
    async acknowledge(id) {
      const open = await opened;
      if (!(await open.updater.acknowledge(id))) await open.acknowledge(id);
    },
    ledger: {
      entries: async () => (await opened).ledger.entries(),
      export: async () => (await opened).ledger.export(),
    },
    dispose,
    [Symbol.dispose]: dispose,
  };
}

/** Both are lazy: a page that never scans loads neither, and one with a served sandbox its digest only. */
async function sandboxSource(sandboxUrl: string | undefined): Promise<SandboxSource> {
  const { SANDBOX_BUILD: build, SANDBOX_SCRIPT: script } = await import('./content/sandbox-build.generated.ts');
  if (sandboxUrl !== undefined) return { build, script, from: { url: sandboxUrl } };
  const { SANDBOX_DOCUMENT } = await import('./content/sandbox.generated.ts');
  return { build, script, from: { document: SANDBOX_DOCUMENT } };
}

/** Where there is no document, so that importing and creating are safe in server-side rendering. */
function idleGuard(): Guard {
  const status = new StatusHolder();
  const noDocument = async (): Promise<never> => {
    throw new LodestoneError('ERR_NO_DOCUMENT', 'check: there is no document here; check in the browser');
  };
  const dispose = (): void => status.update({ state: 'disposed' });
  return {
    ready: Promise.resolve(),
    appliesTo: () => true,
    check: noDocument,
    get status() {
      return status.current;
    },
    subscribe: (changed) => status.subscribe(changed),
    acknowledge: async () => undefined,
    ledger: { entries: async () => [], export: async () => new Blob([], { type: 'application/x-ndjson' }) },
    dispose,
    [Symbol.dispose]: dispose,
  };
}
