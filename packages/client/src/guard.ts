/**
 * The guard that a host app calls: a small shell in the host's first chunk, which loads the rest. Promise: it returns synchronously, the
 * status never skips a state, and code that cannot be loaded is a problem in the status, not a check that passes silently.
 * Spec: docs/design/client.md#guard, docs/design/client.md#chunks
 */
import type { LodestoneError } from '@lodestone/protocol/error';
import { throwIfWrong } from './call-options.ts';
import { toBlob } from './content/content-source.ts';
import { disposedError } from './disposed.ts';
import { ended, FIRST_REFRESH_MS } from './ended.ts';
import type { Guard } from './guard-api.ts';
import { idleGuard } from './idle-guard.ts';
import { LOAD_FIX, loadError } from './load-error.ts';
import { checkOptions, type GuardOptions } from './options.ts';
import { createProblemLog } from './problem-log.ts';
import type { GuardRunner } from './runner.ts';
import { skipped } from './answer.ts';
import { FIRST_STATUS, type Problem, STARTING_STATUS, StatusHolder } from './status.ts';

/**
 * Guards a page. Returns synchronously; importing has no effect. A browser without a required feature makes `status.sandbox`
 * fail with `ERR_UNSUPPORTED`. Without a document (server-side rendering) the guard stays `idle`.
 * @throws {LodestoneError} `ERR_OPTIONS`, which names the wrong option; nothing else
 * @example
 * const guard = createGuard({ authorities, endpoint: 'https://receiver.example/v1/signals' });
 */
export function createGuard(options: GuardOptions): Guard {
  const checked = checkOptions(options);
  return typeof document === 'undefined' ? idleGuard() : guardOf(new Shell(checked));
}

/** An object of plain functions, so that hosts may pass them on without their object. */
function guardOf(shell: Shell): Guard {
  const dispose = (): void => shell.dispose();
  return {
    ready: shell.ready,
    firstRefresh: shell.firstRefresh,
    appliesTo: (what) => {
      throwIfWrong('appliesTo', what);
      return shell.runner?.appliesTo(what) ?? shell.status.current.state !== 'disposed';
    },
    prepare: (what) => {
      throwIfWrong('prepare', what);
      void shell.load().then((runner) => runner.prepare(what), ignored);
    },
    check: (content, options) => shell.check(content, options),
    get status() {
      return shell.status.current;
    },
    subscribe: (changed) => shell.status.subscribe(changed),
    acknowledgeOrder: async (orderDigest) => (await shell.load()).acknowledgeOrder(orderDigest),
    acknowledgeNotice: async (id) => (await shell.load()).acknowledgeNotice(id),
    ledger: {
      entries: async () => (await (await shell.load()).network()).ledger.entries(),
      export: async () => (await (await shell.load()).network()).ledger.export(),
    },
    dispose,
    [Symbol.dispose]: dispose,
  };
}

/** The guards of this page that were not disposed. */
const alive = new Set<Shell>();

/** For `debug` alone: two guards are two sandboxes and two sets of requests. Of more than two, only the second is named. */
const SECOND_GUARD: Problem = {
  code: 'ERR_OPTIONS',
  of: 'createGuard',
  sentence: 'this page has two guards with one storage',
  fix: 'create the guard once, outside of components, and dispose of it before the next',
};

class Shell {
  readonly status = new StatusHolder();
  readonly ready: Promise<void>;
  readonly firstRefresh: Promise<void>;
  /** Undefined until the rest is loaded. */
  runner: GuardRunner | undefined;
  readonly #options: GuardOptions;
  readonly #stopping = new AbortController();
  #loading: Promise<GuardRunner> | undefined;

  constructor(options: GuardOptions) {
    this.#options = options;
    alive.add(this);
    this.#stopping.signal.addEventListener('abort', () => alive.delete(this));
    if (options.debug) this.#logProblems(createProblemLog());
    this.status.publish(STARTING_STATUS);
    const stop = [this.#stopping.signal];
    const loaded = this.load();
    this.ready = ended(
      loaded.then(({ ready }) => ready),
      undefined,
      stop,
    );
    this.firstRefresh = ended(
      loaded.then(({ firstStart }) => firstStart.refreshed),
      FIRST_REFRESH_MS,
      stop,
    );
  }

  /**
   * After a failure the next call tries again.
   * @throws {LodestoneError} `ERR_DISPOSED` or `ERR_LOAD`
   */
  async load(): Promise<GuardRunner> {
    this.#stopping.signal.throwIfAborted();
    this.#loading ??= this.#load();
    return this.#loading;
  }

  async check(...[content, options]: Parameters<Guard['check']>): ReturnType<Guard['check']> {
    this.#stopping.signal.throwIfAborted();
    throwIfWrong('check', options);
    const blob = toBlob(content);
    const { signal } = options;
    const loading = this.load();
    await ended(loading, FIRST_REFRESH_MS, signal ? [this.#stopping.signal, signal] : [this.#stopping.signal]);
    this.#stopping.signal.throwIfAborted();
    signal?.throwIfAborted();
    // Nobody knows whether an order applies while the code that would know is not there.
    return this.runner ? this.runner.check(blob, options) : skipped('orders-unknown', this.#options.whileUnknown);
  }

  dispose(): void {
    if (this.runner) return this.runner.handle({ type: 'disposed' });
    this.#stopping.abort(disposedError());
    this.status.publish({ ...FIRST_STATUS, state: 'disposed' });
  }

  async #load(): Promise<GuardRunner> {
    try {
      const { GuardRunner } = await import('./runner.ts');
      this.#stopping.signal.throwIfAborted();
      this.runner = new GuardRunner(this.#options, this.status, this.#stopping);
      return this.runner;
    } catch (cause) {
      this.#stopping.signal.throwIfAborted();
      this.#loading = undefined;
      throw this.#failed(cause);
    }
  }

  #failed(cause: unknown): LodestoneError {
    const error = loadError('the rest', cause);
    const { code, message: sentence } = error;
    const problems = Object.freeze([Object.freeze({ code, of: 'client', sentence, fix: LOAD_FIX })]);
    this.status.publish({ ...STARTING_STATUS, problems });
    return error;
  }

  #logProblems(log: ReturnType<typeof createProblemLog>): void {
    const { storageName } = this.#options;
    if ([...alive].filter((one) => one.#options.storageName === storageName).length === 2) log([SECOND_GUARD]);
    this.status.subscribe(() => log(this.status.current.problems));
  }
}

function ignored(): void {
  // The status says why.
}
