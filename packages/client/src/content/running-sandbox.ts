/**
 * What runs a sandbox: starts one, gives it lists and parts, and scans in it. A lazy chunk, which a page loads with the sandbox's document.
 * Flow: sandbox → here → scanner. Promise: a verdict that plan and lists rule out ends as an error. Spec: docs/design/sandbox.md#scanner
 */
import {
  type Digest,
  type FileDigest,
  LAZY_PARTS,
  LodestoneError,
  type ManifestDigest,
  type ScanPlan,
  type Verdict,
} from '@lodestone/protocol';
import { createBlockFeeder } from './block-feeder.ts';
import type { SandboxSource } from './boot-errors.ts';
import { allowedMs, type Deadlines } from './deadlines.ts';
import { digestOf, disprovedExact, hasExact, withoutExact } from './exact-proof.ts';
import { createLazyParts, type LazyPartOptions, type LazyParts } from './lazy-parts.ts';
import { type ListSource, LoadedLists } from './loaded-lists.ts';
import { ModuleCode } from './module-code.ts';
import { implausible } from './plausibility.ts';
import { answerInTime, openFrame, type SandboxFrame } from './sandbox-frame.ts';

export interface StarterOptions extends ListSource, LazyPartOptions {
  source: () => Promise<SandboxSource>;
  /** What content will be scanned for, as far as it is known: a sandbox starts with the modules that these plans need. */
  plansInForce: () => readonly ScanPlan[];
  stop: AbortSignal;
  deadlines: Deadlines;
}

export interface ScanItem {
  content: Blob;
  contentId: number;
  plan: ScanPlan;
  progress: (sixteenths: number) => void;
  stop: AbortSignal | undefined;
}

/** The digest of no list: a sandbox that unloads it only has to answer. */
const NO_LIST = '0'.repeat(64) as FileDigest;

/** Starts one sandbox after the other. What is known about lazy parts outlives each. */
export class SandboxStarter {
  readonly #options: StarterOptions;
  readonly #modules: ModuleCode;
  readonly #parts: LazyParts;

  constructor(options: StarterOptions) {
    this.#options = options;
    this.#modules = new ModuleCode(options.partCode);
    const partCode: LazyPartOptions['partCode'] = (part) =>
      LAZY_PARTS[part].kind === 'module' ? this.#modules.of(part) : options.partCode(part);
    this.#parts = createLazyParts({ ...options, partCode });
  }

  async start(): Promise<RunningSandbox> {
    const { deadlines, stop, plansInForce } = this.#options;
    const source = await this.#options.source();
    await this.#modules.add(plansInForce());
    const open = (): Promise<SandboxFrame> => openFrame(source, this.#modules.all, deadlines, stop);
    return new RunningSandbox(source.build, await open(), {
      options: this.#options,
      parts: this.#parts,
      modules: this.#modules,
      open,
    });
  }

  lacksPart(plan: ScanPlan): boolean {
    return this.#parts.lacks(plan);
  }
}

interface RunningWith {
  readonly options: StarterOptions;
  readonly parts: LazyParts;
  readonly modules: ModuleCode;
  /** Starts another frame, with all modules. */
  readonly open: () => Promise<SandboxFrame>;
}

export class RunningSandbox {
  readonly build: Digest;
  readonly #with: RunningWith;
  readonly #gone = Promise.withResolvers<never>();
  readonly #replaced = new WeakSet<SandboxFrame>();
  #frame: SandboxFrame;
  #lists: LoadedLists;

  constructor(build: Digest, frame: SandboxFrame, more: RunningWith) {
    this.build = build;
    this.#with = more;
    this.#frame = frame;
    this.#lists = this.#use(frame);
  }

  /** Rejects when the sandbox ends. */
  get gone(): Promise<never> {
    return this.#gone.promise;
  }

  end(why: LodestoneError): void {
    this.#frame.end(why);
  }

  async scan({ content, contentId, plan, progress, stop }: ScanItem): Promise<Verdict> {
    const { options, parts } = this.#with;
    await this.#fitModules(plan);
    const frame = this.#frame;
    await parts.prepare(frame, plan); // first, because a part opens the locked lists
    await this.#lists.fit(plan);
    const feeder = createBlockFeeder({ content, contentId, cancelled: stop, send: frame.send, progress });
    const stopEvents = frame.beginScan(content.size, feeder.receive);
    try {
      const { scan, modelMs } = options.deadlines;
      const ms = allowedMs(scan, content.size) + plan.models.length * modelMs;
      const call = frame.calls.scan({ contentId, sizeBytes: content.size, plan });
      const verdict = await answerInTime<Verdict>(frame, call, ms, late('it gave no verdict', ms));
      const why = implausible(verdict, plan, options.entriesOf);
      if (why) throw untrue(why);
      if (stop?.aborted) return verdict;
      const proved = hasExact(verdict) ? await this.#proved(verdict, { content, plan, stop }, ms) : verdict;
      await parts.finish(frame, plan, proved);
      return proved;
    } finally {
      stopEvents();
      feeder.stop();
    }
  }

  /** The host hashes the content itself. */
  async #proved(
    verdict: Verdict,
    { content, plan, stop }: Pick<ScanItem, 'content' | 'plan' | 'stop'>,
    ms: number,
  ): Promise<Verdict> {
    const read = digestOf(content, stop).catch(() => undefined);
    const digest = await answerInTime(this.#frame, read, ms, late('the content was not read again', ms));
    if (!digest) return withoutExact(verdict);
    const disproof = await disprovedExact(digest, verdict, plan, this.#with.options.entryOfSha256);
    if (disproof) throw untrue(disproof);
    return verdict;
  }

  async warm(model: ManifestDigest): Promise<void> {
    await this.#with.parts.warm(this.#frame, 'classifier', model);
  }

  /** An engine may end an idle worker or its process without notice. Rejects unless the sandbox still answers. */
  async ping(): Promise<void> {
    const frame = this.#frame;
    const silent = new LodestoneError('ERR_SANDBOX_GONE', 'sandbox terminated: it ended while it was idle');
    const answer = answerInTime(frame, frame.calls.unload(NO_LIST), this.#with.options.deadlines.idleAnswerMs, silent);
    await answer.catch((error: unknown) => {
      if (!this.#replaced.has(frame)) throw error; // the scan under way shows whether the other one answers
    });
  }

  /** A module starts with the scanner, so a plan that needs another one replaces the frame. The queue scans one item at a time. */
  async #fitModules(plan: ScanPlan): Promise<void> {
    if (!(await this.#with.modules.add([plan]))) return;
    const before = this.#frame;
    this.#replaced.add(before);
    before.end(new LodestoneError('ERR_SANDBOX_GONE', 'sandbox terminated: it is replaced'));
    this.#frame = await this.#with.open();
    this.#lists = this.#use(this.#frame);
  }

  #use(frame: SandboxFrame): LoadedLists {
    frame.gone.catch((error: unknown) => {
      if (!this.#replaced.has(frame)) this.#gone.reject(error);
    });
    const { options } = this.#with;
    return new LoadedLists(frame, options, options.deadlines.loadList);
  }
}

function late(what: string, ms: number): LodestoneError<'ERR_SANDBOX_DEADLINE'> {
  return new LodestoneError('ERR_SANDBOX_DEADLINE', `sandbox terminated: ${what} within ${ms} ms`);
}

function untrue(why: string): LodestoneError<'ERR_SANDBOX_GATE'> {
  return new LodestoneError('ERR_SANDBOX_GATE', `sandbox terminated: its verdict cannot be true: ${why}`);
}
