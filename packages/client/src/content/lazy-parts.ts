/**
 * Lazy parts, as the host sees them: each row of the table is started when a plan needs it, given its data, and ended when no item used it
 * for a while. Flow: sandbox → here → scanner. Promise: a failure is reported by part and digest and leaves the lists alone; only a
 * sandbox that does not answer is terminated. Spec: docs/design/sandbox.md#lazy-parts
 */
import {
  LAZY_PARTS,
  LodestoneError,
  PART_NAMES,
  type PartAnswer,
  type PartCode,
  type PartData,
  type PartDataDigest,
  type PartFault,
  type PartName,
  type ScanPlan,
  utf8,
  type Verdict,
} from '@lodestone/protocol';
import { transfer } from 'comlink';
import type { Deadlines } from './deadlines.ts';
import { canWarm, INITIAL, next, nextToLoad, type PartEvent, type PartKey, type PartState } from './lazy-part-state.ts';
import { answerInTime, type SandboxFrame } from './sandbox-frame.ts';

/** Why a part does not run with an item of data. */
export interface PartProblem {
  /** `unreadable`: storage or the server of the app refused its code or its data. */
  readonly fault: PartFault | 'unreadable';
  readonly cause?: unknown;
}

/** An item of a part's data, and the runtime that it needs. */
export interface PartFiles {
  readonly data: PartData;
  readonly runtime?: ArrayBuffer;
}

export interface LazyPartOptions {
  readonly partCode: (part: PartName) => Promise<string>;
  /** Undefined if the item is no longer in force. */
  readonly partFiles: (part: PartName, digest: PartDataDigest) => Promise<PartFiles | undefined>;
  /** Called with a problem, and with undefined when the part runs with this item. */
  readonly partChanged: (part: PartName, key: PartKey, problem: PartProblem | undefined) => void;
  readonly deadlines: Pick<Deadlines, 'idleAnswerMs' | 'partLoadMs' | 'partIdleMs'>;
}

export interface LazyParts {
  /** Loads everything that the plan needs, except what failed before. */
  prepare(frame: SandboxFrame, plan: ScanPlan): Promise<void>;
  /** Loads one item of data ahead of the first content. */
  warm(frame: SandboxFrame, part: PartName, digest: PartDataDigest): Promise<void>;
  /** Whether a part that the plan needs does not run, so that what it would look at was not looked at. */
  lacks(plan: ScanPlan): boolean;
  /** After an item: requests the faults behind an incomplete verdict, and begins the idle period. */
  finish(frame: SandboxFrame, plan: ScanPlan, verdict: Verdict): Promise<void>;
}

export function createLazyParts(options: LazyPartOptions): LazyParts {
  const runners = PART_NAMES.map((name) => new PartRunner(name, options));
  return {
    async prepare(frame, plan) {
      for (const runner of runners) await runner.prepare(frame, plan);
    },
    warm: async (frame, part, digest) => runners.find(({ name }) => name === part)?.warm(frame, digest),
    lacks: (plan) => runners.some((runner) => runner.lacks(plan)),
    async finish(frame, plan, verdict) {
      for (const runner of runners) await runner.finish(frame, plan, verdict);
    },
  };
}

class PartRunner {
  readonly name: PartName;
  readonly #options: LazyPartOptions;
  #state: PartState = INITIAL;

  constructor(name: PartName, options: LazyPartOptions) {
    this.name = name;
    this.#options = options;
  }

  async prepare(frame: SandboxFrame, plan: ScanPlan): Promise<void> {
    this.#apply({ type: 'used', sandbox: frame });
    const needed = this.#keysFor(plan);
    const tried = new Set<PartKey>();
    // A failure that ends the part unloads the items before it, so the search begins again each time.
    const search = (): PartKey | undefined => nextToLoad(this.#state, needed, tried, Date.now());
    for (let key = search(); key; key = search()) {
      await this.#load(frame, key);
      if (!this.#state.loaded.has(key)) tried.add(key);
    }
  }

  /** Its code alone: models are named in the verdict. */
  lacks(plan: ScanPlan): boolean {
    return this.#keysFor(plan).includes('code') && !this.#state.loaded.has('code');
  }

  async warm(frame: SandboxFrame, key: PartKey): Promise<void> {
    if (!canWarm(this.#state, key, frame)) return;
    this.#apply({ type: 'used', sandbox: frame });
    await this.#load(frame, key);
    this.#endWhenIdle(frame);
  }

  async finish(frame: SandboxFrame, plan: ScanPlan, verdict: Verdict): Promise<void> {
    if ('failedModels' in verdict) await this.#askForFaults(frame, plan);
    this.#endWhenIdle(frame);
  }

  #keysFor(plan: ScanPlan): readonly PartKey[] {
    const digests = LAZY_PARTS[this.name].neededBy(plan);
    return digests?.length === 0 ? ['code'] : (digests ?? []);
  }

  async #load(frame: SandboxFrame, key: PartKey): Promise<void> {
    this.#apply({ type: 'loading', key });
    const isStarted = this.#state.sandbox === frame;
    const files = await this.#read(key, isStarted);
    if (!files) return; // the verdict will report that it is missing
    if (files.code && !(await this.#start(frame, key, files.code))) return;
    if (key !== 'code' && files.data && !(await this.#loadData(frame, key, files.data))) return;
    this.#apply({ type: 'loaded', key });
    this.#report(key, undefined);
  }

  async #read(key: PartKey, isStarted: boolean): Promise<{ data?: PartData; code?: PartCode } | undefined> {
    const { partFiles, partCode } = this.#options;
    try {
      const files = key === 'code' ? {} : await partFiles(this.name, key);
      if (!files || isStarted) return files;
      const { runtime } = files as Partial<PartFiles>;
      const code = await partCode(this.name);
      const isWorker = LAZY_PARTS[this.name].kind === 'worker';
      return { ...files, code: { ...(isWorker && { code: utf8(code).buffer }), ...(runtime && { runtime }) } };
    } catch (cause) {
      this.#report(key, { fault: 'unreadable', cause });
      return undefined;
    }
  }

  async #start(frame: SandboxFrame, key: PartKey, code: PartCode): Promise<boolean> {
    const buffers = [code.code, code.runtime].filter((buffer) => buffer !== undefined);
    const answer = await this.#answered(frame, frame.calls.startPart(this.name, transfer(code, buffers)));
    if (answer.ok) this.#apply({ type: 'started', sandbox: frame });
    else this.#fail(key, answer.fault);
    return answer.ok;
  }

  async #loadData(frame: SandboxFrame, digest: PartDataDigest, data: PartData): Promise<boolean> {
    const call = frame.calls.loadIntoPart(this.name, digest, transfer(data, [data.file]));
    const answer = await this.#answered(frame, call);
    if (!answer.ok) this.#fail(digest, answer.fault);
    return answer.ok;
  }

  async #askForFaults(frame: SandboxFrame, plan: ScanPlan): Promise<void> {
    const loaded = this.#keysFor(plan).filter((key) => this.#state.loaded.has(key));
    for (const key of new Set(loaded)) {
      if (key === 'code') continue;
      const answer = await this.#answered(
        frame,
        frame.calls.partFault(this.name, key),
        this.#options.deadlines.idleAnswerMs,
      );
      if (answer.ok) continue;
      // This item of data failed with this picture only. It stays loaded: the sender of such a picture must not be able to disable it.
      if (answer.fault === 'data') this.#report(key, { fault: 'data' });
      else this.#fail(key, answer.fault);
    }
  }

  /** A running part never returns memory, so it is ended when it is not used. */
  #endWhenIdle(frame: SandboxFrame): void {
    const { sandbox, uses } = this.#state;
    if (sandbox !== frame) return;
    setTimeout(() => {
      if (this.#state.uses !== uses || this.#state.sandbox !== frame) return;
      this.#apply({ type: 'ended' });
      void frame.calls.endPart(this.name);
    }, this.#options.deadlines.partIdleMs);
  }

  #fail(key: PartKey, fault: PartFault): void {
    this.#apply({ type: 'failed', key, fault });
    this.#report(key, { fault });
  }

  #report(key: PartKey, problem: PartProblem | undefined): void {
    this.#options.partChanged(this.name, key, problem);
  }

  #answered(
    frame: SandboxFrame,
    call: Promise<PartAnswer>,
    ms = this.#options.deadlines.partLoadMs,
  ): Promise<PartAnswer> {
    const late = `sandbox terminated: the lazy part ${this.name} did not answer within ${ms / 1_000} s`;
    return answerInTime(frame, call, ms, new LodestoneError('ERR_SANDBOX_DEADLINE', late));
  }

  #apply(event: PartEvent): void {
    this.#state = next(this.#state, event, Date.now());
  }
}
