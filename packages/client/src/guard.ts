/**
 * The guard that a host app calls. Connects the side that reads content to the side that sends, and performs the effects of guard-state;
 * holds no rule itself. Spec: docs/design/client.md#guard
 */
import { LodestoneError, type Media, type Surface } from '@lodestone/protocol';
import { checkBrowserSupport } from './browser-support.ts';
import { type Checker, type CheckOptions, createChecker } from './check.ts';
import { modelError } from './content/model-error.ts';
import { partError } from './content/part-error.ts';
import { createQueue } from './content/queue.ts';
import { createSandbox, type Sandbox } from './content/sandbox.ts';
import { sandboxSource } from './content/sandbox-source.ts';
import { FIRST_STATE, type GuardEffect, type GuardEvent, nextGuard } from './guard-state.ts';
import { NO_INPUTS } from './inputs.ts';
import type { Ledger } from './network/ledger.ts';
import { type Network, openNetwork } from './network/network.ts';
import { checkOptions, type GuardOptions } from './options.ts';
import type { Check } from './policy.ts';
import { appliesTo } from './scan-plan.ts';
import { type GuardStatus, StatusHolder } from './status.ts';
import { createWarmUp, type WarmUp } from './warm-up.ts';

export interface Guard extends Disposable {
  /** Resolves when the stored inputs are read. Never rejects. */
  readonly ready: Promise<void>;
  /**
   * Returns whether content of this kind is checked now, and true until the stored inputs are read. A call with
   * `media: 'image'` also warms up the classifier that an order names, because a picture is likely to follow.
   */
  appliesTo(what: { surface: Surface; media?: Media }): boolean;
  /**
   * Checks the exact bytes that will be sent or shown. Switch over the answer's `action` exhaustively, so that a value that
   * the app does not know does not send.
   * @throws the signal's reason, or `LodestoneError` `ERR_DISPOSED`, `ERR_NO_DOCUMENT` or `ERR_CONTENT`; nothing else
   * @example
   * const check = await guard.check(file, { surface: 'send' });
   */
  check(content: Blob | BufferSource, options: CheckOptions): Promise<Check>;
  /** Frozen; the same object until something changes. */
  readonly status: GuardStatus;
  /** Calls `changed` after each change of `status`; returns how to stop. */
  subscribe(changed: () => void): () => void;
  /** Confirms that the user has seen an announced order (pass its digest) or a notice (pass its id). */
  acknowledge(id: string): Promise<void>;
  readonly ledger: Ledger;
  /** Ends the sandbox, the timers and all requests. Later calls of `check` reject with `ERR_DISPOSED`. */
  dispose(): void;
}

/**
 * Guards a page. Returns synchronously; importing has no effect. A browser without a required feature makes `status.sandbox`
 * fail with `ERR_UNSUPPORTED`. Without a document (server-side rendering) the guard stays `idle`.
 * @throws {LodestoneError} `ERR_OPTIONS`, which names the wrong option; nothing else
 * @example
 * const guard = createGuard({ authorities, endpoint: 'https://receiver.example/v1/signals' });
 */
export function createGuard(options: GuardOptions): Guard {
  const checked = checkOptions(options);
  return typeof document === 'undefined' ? idleGuard() : guardOf(new GuardRunner(checked));
}

/** An object of plain functions, so that hosts may pass them on without their object. */
function guardOf(runner: GuardRunner): Guard {
  const dispose = (): void => runner.handle({ type: 'disposed' });
  return {
    ready: runner.ready,
    appliesTo: (what) => runner.appliesTo(what),
    check: (content, options) => runner.check(content, options),
    get status() {
      return runner.status.current;
    },
    subscribe: (changed) => runner.status.subscribe(changed),
    acknowledge: (id) => runner.acknowledge(id),
    ledger: {
      entries: async () => (await runner.opened).ledger.entries(),
      export: async () => (await runner.opened).ledger.export(),
    },
    dispose,
    [Symbol.dispose]: dispose,
  };
}

class GuardRunner {
  readonly status = new StatusHolder();
  readonly opened: Promise<Network>;
  readonly ready: Promise<void>;
  readonly #stopping = new AbortController();
  readonly #sandbox: Sandbox;
  readonly #warmUp: WarmUp;
  readonly #check: Checker;
  #state = FIRST_STATE;
  /** Set while the state is `open`. */
  #network: Network | undefined;

  constructor(options: GuardOptions) {
    this.opened = this.#open(options);
    this.#sandbox = this.#createSandbox(options);
    const scanning = {
      inputs: () => this.#network?.updater.inputs() ?? NO_INPUTS,
      queue: createQueue(Date.now),
      sandbox: this.#sandbox,
    };
    this.#warmUp = createWarmUp({ ...scanning, isReady: () => this.#state.status.sandbox.state === 'ready' });
    this.#check = createChecker({
      ...scanning,
      // In a task of its own, so that a match does not change how long the answer takes.
      take: (matches) => void setTimeout(() => void this.#network?.outbox.take(matches)),
    });
    this.handle({ type: 'created' });
    this.ready = this.opened.then(
      (network) => {
        this.#network = network;
        this.handle({ type: 'opened', storage: network.storageKind() });
      },
      (error: unknown) => this.handle({ type: 'not-opened', error: asStartError(error) }),
    );
  }

  handle(event: GuardEvent): void {
    const { state, effects } = nextGuard(this.#state, event);
    this.#state = state; // before the effects, some of which cause the next event
    this.status.publish(state.status);
    for (const effect of effects) this.#perform(effect);
  }

  appliesTo(what: { surface: Surface; media?: Media }): boolean {
    const applies = !this.#network || appliesTo(this.#network.updater.inputs(), what);
    if (applies && what.media === 'image') this.#warmUp.expected(what.surface);
    return applies;
  }

  async check(content: Blob | BufferSource, options: CheckOptions): Promise<Check> {
    this.#stopping.signal.throwIfAborted();
    await this.ready;
    this.#stopping.signal.throwIfAborted();
    return this.#check(content, options);
  }

  async acknowledge(id: string): Promise<void> {
    const network = await this.opened;
    if (!(await network.updater.acknowledge(id))) await network.notices.acknowledge(id);
  }

  async #open(options: GuardOptions): Promise<Network> {
    await checkBrowserSupport();
    return openNetwork(options, {
      onStatus: (change) => this.handle({ type: 'network', change }),
      onInputs: () => this.#readInputs(),
      now: Date.now,
      stop: this.#stopping.signal,
    });
  }

  #createSandbox({ sandboxUrl }: GuardOptions): Sandbox {
    return createSandbox({
      source: () => sandboxSource(sandboxUrl),
      listFile: async (digest) => (await this.opened).updater.listFile(digest),
      entryOfSha256: async (list, digest) => (await this.opened).updater.entryOfSha256(list, digest),
      entriesOf: (digest) => this.#network?.updater.entriesOf(digest),
      partCode: async (part) => (await import('./content/parts.generated.ts')).PART_CODE[part](),
      partFiles: async (_part, manifest) => {
        const file = await (await this.opened).updater.modelFile(manifest);
        return file && { data: file.model, runtime: file.runtime };
      },
      partChanged: (part, key, problem) => {
        if (key === 'code') this.handle({ type: 'part', part, error: problem && partError(part, problem) });
        else this.handle({ type: 'model', manifestDigest: key, error: problem && modelError(key, problem) });
      },
      changed: (report) => this.handle({ type: 'sandbox', report }),
      stop: this.#stopping.signal,
    });
  }

  #perform(effect: GuardEffect): void {
    switch (effect.type) {
      case 'read-inputs':
        return this.#readInputs();
      case 'refresh':
        return void this.#network?.updater.refresh();
      case 'prepare-sandbox':
        return void this.#sandbox.prepare();
      case 'warm-up':
        return this.#warmUp.changed();
      case 'note':
        return void this.#network?.ledger.note({ note: effect.note, of: effect.build });
      case 'stop':
        return this.#stopping.abort(new LodestoneError('ERR_DISPOSED', 'the guard was disposed'));
    }
  }

  #readInputs(): void {
    if (!this.#network) return;
    const { updater } = this.#network;
    const isOrderInForce = updater.inputs().orders.length > 0;
    this.handle({ type: 'inputs', inputs: updater.status(), isOrderInForce });
  }
}

function asStartError(cause: unknown): LodestoneError {
  return cause instanceof LodestoneError
    ? cause
    : new LodestoneError('ERR_STORAGE', 'the guard cannot start: its storage could not be opened', { cause });
}

/** Without a document, so that importing and creating a guard are safe in server-side rendering. */
function idleGuard(): Guard {
  const status = new StatusHolder();
  const dispose = (): void => status.update({ state: 'disposed' });
  return {
    ready: Promise.resolve(),
    appliesTo: () => true,
    async check() {
      throw new LodestoneError('ERR_NO_DOCUMENT', 'check: this environment has no document: call it in a browser page');
    },
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
