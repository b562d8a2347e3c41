/**
 * The sandbox as its host sees it: gets lists and content, and is replaced when it hangs, ends or sends false data. Performs the effects
 * of sandbox-state. Flow: queue → here → scanner; the verdict comes back through the message gate and plausibility.
 * Promise: each scan ends with a verdict or a typed error, whatever the sandbox does. Spec: docs/design/sandbox.md#scanner
 */
import { type FileDigest, LodestoneError, type ManifestDigest, type ScanPlan, type Verdict } from '@lodestone/protocol';
import { createBlockFeeder } from './block-feeder.ts';
import type { SandboxSource } from './boot-errors.ts';
import { allowedMs, DEADLINES, type Deadlines } from './deadlines.ts';
import { createLazyParts, type LazyPartOptions, type LazyParts } from './lazy-parts.ts';
import { type ListSource, LoadedLists } from './loaded-lists.ts';
import { disprovedExact } from './exact-proof.ts';
import { implausible } from './plausibility.ts';
import { answerInTime, asSandboxError, openFrame, type SandboxFrame } from './sandbox-frame.ts';
import {
  nextSandbox,
  NO_SANDBOX,
  type RequestId,
  type SandboxEffect,
  type SandboxMachineEvent,
  type SandboxReport,
  type SandboxState,
} from './sandbox-state.ts';

export interface SandboxOptions extends ListSource, Omit<LazyPartOptions, 'deadlines'> {
  source: () => Promise<SandboxSource>;
  changed: (report: SandboxReport) => void;
  stop: AbortSignal;
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
      runner.request((running, contentId) => runner.scan(running, { content, contentId, plan, progress, stop })),
    lacksPart: (plan) => runner.lacksPart(plan),
    isForbidden: () => runner.isForbidden,
    prepare: (model) => runner.request((running) => runner.prepare(running, model)).catch(() => undefined),
  };
}

interface RunningSandbox {
  frame: SandboxFrame;
  lists: LoadedLists;
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

interface ScanItem {
  content: Blob;
  contentId: number;
  plan: ScanPlan;
  progress: (sixteenths: number) => void;
  stop: AbortSignal | undefined;
}

/** The digest of no list: a sandbox that unloads it only has to answer. */
const NO_LIST = '0'.repeat(64) as FileDigest;

class SandboxRunner {
  readonly #options: SandboxOptions;
  readonly #deadlines: Deadlines;
  readonly #parts: LazyParts;
  readonly #requests = new Map<RequestId, Pick<Request<unknown>, 'start' | 'resolve' | 'reject'>>();
  #state: SandboxState = NO_SANDBOX;
  #running: RunningSandbox | undefined;
  #nextId: RequestId = 0;

  constructor(options: SandboxOptions) {
    this.#options = options;
    this.#deadlines = options.deadlines ?? DEADLINES;
    this.#parts = createLazyParts({ ...options, deadlines: this.#deadlines });
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

  async scan(
    { frame, lists }: RunningSandbox,
    { content, contentId, plan, progress, stop }: ScanItem,
  ): Promise<Verdict> {
    await lists.fit(plan);
    await this.#parts.prepare(frame, plan);
    const feeder = createBlockFeeder({ content, contentId, cancelled: stop, send: frame.send, progress });
    const stopEvents = frame.beginScan(content.size, feeder.receive);
    try {
      const verdict = await this.#inTime<Verdict>(
        frame,
        frame.calls.scan({ contentId, sizeBytes: content.size, plan }),
        {
          ms: allowedMs(this.#deadlines.scan, content.size) + plan.models.length * this.#deadlines.modelMs,
          what: 'it gave no verdict',
        },
      );
      const why = implausible(verdict, plan, this.#options.entriesOf);
      if (why) throw untrue(why);
      if (stop?.aborted) return verdict;
      const disproof = await disprovedExact(content, verdict, plan, this.#options.entryOfSha256);
      if (disproof) throw untrue(disproof);
      await this.#parts.finish(frame, plan, verdict);
      return verdict;
    } finally {
      stopEvents();
      feeder.stop();
    }
  }

  get isForbidden(): boolean {
    return this.#state.phase === 'forbidden';
  }

  lacksPart(plan: ScanPlan): boolean {
    return this.#parts.lacks(plan);
  }

  async prepare({ frame }: RunningSandbox, model: ManifestDigest | undefined): Promise<void> {
    if (model) await this.#parts.warm(frame, 'classifier', model);
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
      const source = await this.#options.source();
      const frame = await openFrame(source, this.#deadlines, this.#options.stop);
      const running = { frame, lists: new LoadedLists(frame, this.#options, this.#deadlines.loadList) };
      this.#running = running;
      // A frame that was replaced already has nothing more to report.
      frame.gone.catch((error: unknown) => {
        if (this.#running === running) this.#handle({ type: 'gone', error: asSandboxError(error) });
      });
      this.#handle({ type: 'started', build: source.build });
    } catch (error) {
      this.#handle({ type: 'not-started', error: asSandboxError(error) });
    }
  }

  #terminate(error: LodestoneError): void {
    const { frame } = this.#running ?? {};
    this.#running = undefined;
    frame?.end(error);
  }

  /** An engine may end an idle worker or its process without notice. The next item must not fail because of it. */
  async #ping(): Promise<void> {
    const running = this.#running;
    if (!running) return;
    const silent = new LodestoneError('ERR_SANDBOX_GONE', 'sandbox terminated: it ended while it was idle');
    try {
      const { frame } = running;
      await answerInTime(frame, frame.calls.unload(NO_LIST), this.#deadlines.idleAnswerMs, silent);
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

  #inTime<T>(frame: SandboxFrame, call: Promise<T>, { ms, what }: { ms: number; what: string }): Promise<T> {
    const late = new LodestoneError('ERR_SANDBOX_DEADLINE', `sandbox terminated: ${what} within ${ms} ms`);
    return answerInTime(frame, call, ms, late);
  }
}

function untrue(why: string): LodestoneError<'ERR_SANDBOX_GATE'> {
  return new LodestoneError('ERR_SANDBOX_GATE', `sandbox terminated: its verdict cannot be true: ${why}`);
}

function asGateError(error: unknown): LodestoneError {
  return error instanceof LodestoneError
    ? error
    : new LodestoneError('ERR_SANDBOX_GATE', 'sandbox terminated: an item failed', { cause: error });
}
