/**
 * The running guard, a lazy chunk. Connects the side that reads content to the side that sends, and performs the effects of guard-state;
 * holds no rule itself. Flow: guard → here. Spec: docs/design/client.md#guard
 */
import { LodestoneError, type Media, type OrderDigest, type Surface, SURFACES } from '@lodestone/protocol';
import { checkBrowserSupport } from './browser-support.ts';
import { type Checker, type CheckOptions, createChecker } from './check.ts';
import { modelError } from './content/model-error.ts';
import { partError } from './content/part-error.ts';
import { createQueue } from './content/queue.ts';
import { createSandbox, type Sandbox } from './content/sandbox.ts';
import { sandboxSource } from './content/sandbox-source.ts';
import { disposedError } from './disposed.ts';
import { FirstStart } from './first-start.ts';
import { FIRST_STATE, type GuardEffect, type GuardEvent, nextGuard } from './guard-state.ts';
import { type Inputs, NO_INPUTS } from './inputs.ts';
import { type Network, openNetwork } from './network/network.ts';
import type { GuardOptions } from './options.ts';
import { appliesTo, planScan, plansFor } from './scan-plan.ts';
import { type Check, skipped } from './answer.ts';
import type { StatusHolder } from './status.ts';
import { createWarmUp, type WarmUp } from './warm-up.ts';

/** How long a check of content that is about to leave waits for the first refresh, unless the host says otherwise. */
const WAIT_MS = 5_000;

export class GuardRunner {
  readonly status: StatusHolder;
  readonly opened: Promise<Network>;
  readonly ready: Promise<void>;
  readonly firstStart: FirstStart;
  readonly #stopping: AbortController;
  readonly #sandbox: Sandbox;
  readonly #warmUp: WarmUp;
  readonly #check: Checker;
  readonly #options: GuardOptions;
  readonly #supplied = Promise.withResolvers<void>();
  #state = FIRST_STATE;
  /** Set while the state is `open`. */
  #network: Network | undefined;

  constructor(options: GuardOptions, status: StatusHolder, stopping: AbortController) {
    this.#options = options;
    this.status = status;
    this.#stopping = stopping;
    this.opened = this.#open(options);
    this.#sandbox = this.#createSandbox(options);
    const scanning = {
      inputs: () => this.#inputs(),
      queue: createQueue(Date.now),
      sandbox: this.#sandbox,
    };
    this.#warmUp = createWarmUp({ ...scanning, isReady: () => this.#state.status.sandbox.state === 'ready' });
    this.#check = createChecker({
      ...scanning,
      whileUnknown: options.whileUnknown,
      // In a task of its own, so that a match does not change how long the answer takes.
      take: (matches) => void setTimeout(() => void this.#network?.outbox.take(matches)),
    });
    status.publish(this.#state.status);
    this.ready = this.opened.then(
      (network) => {
        this.#network = network;
        this.handle({ type: 'opened', storage: network.storageKind() });
      },
      (error: unknown) => this.handle({ type: 'not-opened', error: asStartError(error) }),
    );
    this.firstStart = new FirstStart({
      refreshed: this.opened.then(({ updater }) => updater.firstRound),
      supplied: this.opened.then(() => this.#supplied.promise),
      inputs: () => this.#inputs(),
      subscribe: (changed) => this.status.subscribe(changed),
      stop: this.#stopping.signal,
    });
  }

  handle(event: GuardEvent): void {
    const { state, effects } = nextGuard(this.#state, event);
    this.#state = state; // before the effects, some of which cause the next event
    this.status.publish(state.status);
    for (const effect of effects) this.#perform(effect);
  }

  appliesTo(what: { surface: Surface; media?: Media }): boolean {
    const { state } = this.#state.status;
    if (state === 'unsupported' || state === 'disposed') return false;
    return appliesTo(this.#inputs(), what);
  }

  prepare({ surface }: { surface: Surface }): void {
    if (this.#state.phase !== 'open' || 'skipped' in planScan(this.#inputs(), surface)) return;
    void this.#sandbox.prepare().then(() => this.#warmUp.expected(surface));
  }

  async check(blob: Blob, options: CheckOptions): Promise<Check> {
    await this.ready;
    const { waitMs = WAIT_MS, whileUnknown } = this.#options;
    await this.firstStart.awaitOrders(options.surface, waitMs, options.signal);
    this.#stopping.signal.throwIfAborted();
    if (this.#state.status.state === 'unsupported') return skipped('unsupported', whileUnknown);
    return this.#check(blob, options);
  }

  async acknowledgeOrder(orderDigest: OrderDigest): Promise<void> {
    await (await this.network()).updater.acknowledgeOrder(orderDigest);
  }

  async acknowledgeNotice(id: string): Promise<void> {
    const { updater, notices } = await this.network();
    if (!(await updater.acknowledgeNotice(id))) await notices.acknowledge(id);
  }

  /** @throws {LodestoneError} `ERR_DISPOSED`, or why it could not be opened */
  async network(): Promise<Network> {
    this.#stopping.signal.throwIfAborted();
    const network = await this.opened;
    this.#stopping.signal.throwIfAborted();
    return network;
  }

  #inputs(): Inputs {
    return this.#network?.updater.inputs() ?? NO_INPUTS;
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
      plansInForce: () => plansFor(this.#inputs(), SURFACES),
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
        return void this.#network?.updater.refresh().then(this.#supplied.resolve);
      case 'prepare-sandbox':
        return void this.#sandbox.prepare();
      case 'warm-up':
        return this.#warmUp.changed();
      case 'note':
        return void this.#network?.ledger.note({ note: effect.note, of: effect.build });
      case 'stop':
        return this.#stopping.abort(disposedError());
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
