/**
 * The sandbox as its host sees it: gets lists and content, and is replaced when it hangs, ends or sends false data. Performs the effects
 * of sandbox-state. Flow: queue → here → scanner; the verdict comes back through the message gate and plausibility.
 * Promise: each scan ends with a verdict or a typed error, whatever the sandbox does. Spec: docs/design/sandbox.md#scanner
 */
import { LodestoneError, type ManifestDigest, type ScanPlan, type Verdict } from '@lodestone/protocol';
import { loaded } from '../load-error.ts';
import { DEADLINES, type Deadlines } from './deadlines.ts';
import type { RunningSandbox, SandboxStarter, StarterOptions } from './running-sandbox.ts';
import { asSandboxError } from './sandbox-error.ts';
import {
  nextSandbox,
  NO_SANDBOX,
  type RequestId,
  type SandboxEffect,
  type SandboxMachineEvent,
  type SandboxReport,
  type SandboxState,
} from './sandbox-state.ts';

export interface SandboxOptions extends Omit<StarterOptions, 'deadlines'> {
  changed: (report: SandboxReport) => void;
  deadlines?: Deadlines;
}

export interface Sandbox {
  /**
   * @param stop the content is not read any further once it aborts, and what the verdict says then has no meaning
   * @throws {LodestoneError} `ERR_SANDBOX_*`; `ERR_TRUST_MISSING` if a list of the plan is no longer in force
   */
  scan(content: Blob, plan: ScanPlan, progress: (sixteenths: number) => void, stop?: AbortSignal): Promise<Verdict>;
  /** Whether a part of the sandbox that the last scan needed does not run. */
  lacksPart(plan: ScanPlan): boolean;
  /** Whether none can start before the page is loaded again: a header forbids it, or the document is of another build. */
  isForbidden(): boolean;
  /**
   * Starts the sandbox before the first content, and loads a model before the first picture. Never rejects: `changed` and
   * `partChanged` report failures.
   */
  prepare(model?: ManifestDigest): Promise<void>;
}

export function createSandbox(options: SandboxOptions): Sandbox {
  const runner = new SandboxRunner(options);
  return {
    scan: (content, plan, progress, stop) =>
      runner.request((running, contentId) => running.scan({ content, contentId, plan, progress, stop })),
    lacksPart: (plan) => runner.lacksPart(plan),
    isForbidden: () => runner.isForbidden,
    prepare: (model) => runner.request(async (running) => model && running.warm(model)).then(ignored, ignored),
  };
}

type Work<T> = (running: RunningSandbox, id: RequestId) => Promise<T>;

/** One call of the host: its work, and the promise that the host holds. */
class Request<T> {
  readonly #work: Work<T>;
  readonly #host = Promise.withResolvers<T>();
  #result: { value: T } | undefined;

  constructor(work: Work<T>) {
    this.#work = work;
  }

  get promise(): Promise<T> {
    return this.#host.promise;
  }
  async start(running: RunningSandbox, id: RequestId): Promise<void> {
    this.#result = { value: await this.#work(running, id) };
  }
  /** After `start` has ended. */
  resolve(): void {
    if (this.#result) this.#host.resolve(this.#result.value);
  }
  reject(error: LodestoneError): void {
    this.#host.reject(error);
  }
}

class SandboxRunner {
  readonly #options: SandboxOptions;
  readonly #requests = new Map<RequestId, Pick<Request<unknown>, 'start' | 'resolve' | 'reject'>>();
  #state: SandboxState = NO_SANDBOX;
  /** Undefined until its code is loaded. */
  #starter: SandboxStarter | undefined;
  #running: RunningSandbox | undefined;
  #nextId: RequestId = 0;

  constructor(options: SandboxOptions) {
    this.#options = options;
    options.stop.addEventListener('abort', () => this.#handle({ type: 'disposed' }));
  }

  /** Does `work` in a sandbox that runs and answers. */
  request<T>(work: Work<T>): Promise<T> {
    const id = this.#nextId++;
    const request = new Request(work);
    this.#requests.set(id, request);
    this.#handle({ type: 'requested', id });
    return request.promise;
  }

  get isForbidden(): boolean {
    return this.#state.phase === 'forbidden';
  }

  lacksPart(plan: ScanPlan): boolean {
    return this.#starter?.lacksPart(plan) ?? false;
  }

  #handle(event: SandboxMachineEvent): void {
    const { state, effects } = nextSandbox(this.#state, event, Date.now());
    this.#state = state; // before the effects, some of which cause the next event
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: SandboxEffect): void {
    switch (effect.type) {
      case 'start':
        return void this.#start();
      case 'ping':
        return void this.#ping();
      case 'terminate':
        return this.#terminate(effect.error);
      case 'run':
        return void this.#run(effect.id);
      case 'resolve':
        return this.#take(effect.id)?.resolve();
      case 'reject':
        return this.#take(effect.id)?.reject(effect.error);
      case 'report':
        return this.#options.changed(effect.report);
    }
  }

  async #start(): Promise<void> {
    try {
      this.#starter ??= await loadStarter(this.#options);
      const running = await this.#starter.start();
      this.#running = running;
      // One that was replaced already has nothing more to report.
      running.gone.catch((error: unknown) => {
        if (this.#running === running) this.#handle({ type: 'gone', error: asSandboxError(error) });
      });
      this.#handle({ type: 'started', build: running.build });
    } catch (error) {
      this.#handle({ type: 'not-started', error: asSandboxError(error) });
    }
  }

  #terminate(error: LodestoneError): void {
    const running = this.#running;
    this.#running = undefined;
    running?.end(error);
  }

  /** The next item must not fail because the sandbox ended while it was idle. */
  async #ping(): Promise<void> {
    const running = this.#running;
    if (!running) return;
    try {
      await running.ping();
      if (this.#running === running) this.#handle({ type: 'alive' });
    } catch (error) {
      if (this.#running === running) this.#handle({ type: 'silent', error: asSandboxError(error) });
    }
  }

  async #run(id: RequestId): Promise<void> {
    const request = this.#requests.get(id);
    if (!request || !this.#running) return;
    try {
      await request.start(this.#running, id);
      this.#handle({ type: 'done', id });
    } catch (error) {
      this.#handle({ type: 'failed', id, error: asGateError(error) });
    }
  }

  #take(id: RequestId): Pick<Request<unknown>, 'resolve' | 'reject'> | undefined {
    const request = this.#requests.get(id);
    this.#requests.delete(id);
    return request;
  }
}

async function loadStarter({ deadlines = DEADLINES, ...options }: SandboxOptions): Promise<SandboxStarter> {
  const { SandboxStarter } = await loaded('the code that runs the sandbox', import('./running-sandbox.ts'));
  return new SandboxStarter({ ...options, deadlines });
}

function asGateError(error: unknown): LodestoneError {
  return error instanceof LodestoneError
    ? error
    : new LodestoneError('ERR_SANDBOX_GATE', 'sandbox terminated: an item failed', { cause: error });
}

function ignored(): void {
  // The report says why.
}
