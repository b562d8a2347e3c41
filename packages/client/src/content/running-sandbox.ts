/**
 * What runs a sandbox: starts one, gives it lists and parts, and scans in it. A lazy chunk, which a page loads with the sandbox's document.
 * Flow: sandbox → here → scanner. Promise: a verdict that plan and lists rule out ends as an error. Spec: docs/design/sandbox.md#scanner
 */
import {
  type Digest,
  type FileDigest,
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
import { implausible } from './plausibility.ts';
import { answerInTime, openFrame, type SandboxFrame } from './sandbox-frame.ts';

export interface StarterOptions extends ListSource, LazyPartOptions {
  source: () => Promise<SandboxSource>;
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
  readonly #parts: LazyParts;

  constructor(options: StarterOptions) {
    this.#options = options;
    this.#parts = createLazyParts(options);
  }

  async start(): Promise<RunningSandbox> {
    const source = await this.#options.source();
    const frame = await openFrame(source, this.#options.deadlines, this.#options.stop);
    return new RunningSandbox(source.build, frame, this.#parts, this.#options);
  }

  lacksPart(plan: ScanPlan): boolean {
    return this.#parts.lacks(plan);
  }
}

export class RunningSandbox {
  readonly build: Digest;
  readonly #frame: SandboxFrame;
  readonly #lists: LoadedLists;
  readonly #parts: LazyParts;
  readonly #options: StarterOptions;

  constructor(build: Digest, frame: SandboxFrame, parts: LazyParts, options: StarterOptions) {
    this.build = build;
    this.#frame = frame;
    this.#lists = new LoadedLists(frame, options, options.deadlines.loadList);
    this.#parts = parts;
    this.#options = options;
  }

  /** Rejects when the sandbox ends. */
  get gone(): Promise<never> {
    return this.#frame.gone;
  }

  end(why: LodestoneError): void {
    this.#frame.end(why);
  }

  async scan({ content, contentId, plan, progress, stop }: ScanItem): Promise<Verdict> {
    const frame = this.#frame;
    await this.#lists.fit(plan);
    await this.#parts.prepare(frame, plan);
    const feeder = createBlockFeeder({ content, contentId, cancelled: stop, send: frame.send, progress });
    const stopEvents = frame.beginScan(content.size, feeder.receive);
    try {
      const { scan, modelMs } = this.#options.deadlines;
      const ms = allowedMs(scan, content.size) + plan.models.length * modelMs;
      const call = frame.calls.scan({ contentId, sizeBytes: content.size, plan });
      const verdict = await answerInTime<Verdict>(frame, call, ms, late('it gave no verdict', ms));
      const why = implausible(verdict, plan, this.#options.entriesOf);
      if (why) throw untrue(why);
      if (stop?.aborted) return verdict;
      const proved = hasExact(verdict) ? await this.#proved(verdict, { content, plan, stop }, ms) : verdict;
      await this.#parts.finish(frame, plan, proved);
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
    const disproof = await disprovedExact(digest, verdict, plan, this.#options.entryOfSha256);
    if (disproof) throw untrue(disproof);
    return verdict;
  }

  async warm(model: ManifestDigest): Promise<void> {
    await this.#parts.warm(this.#frame, 'classifier', model);
  }

  /** An engine may end an idle worker or its process without notice. Rejects unless the sandbox still answers. */
  async ping(): Promise<void> {
    const silent = new LodestoneError('ERR_SANDBOX_GONE', 'sandbox terminated: it ended while it was idle');
    await answerInTime(this.#frame, this.#frame.calls.unload(NO_LIST), this.#options.deadlines.idleAnswerMs, silent);
  }
}

function late(what: string, ms: number): LodestoneError<'ERR_SANDBOX_DEADLINE'> {
  return new LodestoneError('ERR_SANDBOX_DEADLINE', `sandbox terminated: ${what} within ${ms} ms`);
}

function untrue(why: string): LodestoneError<'ERR_SANDBOX_GATE'> {
  return new LodestoneError('ERR_SANDBOX_GATE', `sandbox terminated: its verdict cannot be true: ${why}`);
}
