/**
 * The sandbox, seen from outside: hands it lists and content, and replaces it when it hangs, dies or lies.
 * Flow: queue → here → scanner; the verdict comes back through the gate, and must be one that could be true.
 * Promise: each scan ends, with a verdict or a typed error, and starts one sandbox at most, whatever the sandbox does.
 */
import {
  type Digest,
  type LoadAnswer,
  LodestoneError,
  type SandboxEvent,
  type SandboxList,
  type ScanPlan,
  type Verdict,
} from '@lodestone/protocol';
import { transfer } from 'comlink';
import type { SandboxSource } from './boot-errors.ts';
import { readBlocks, reducedBitmap } from './feeder.ts';
import { createClassifier, type ClassifierOptions } from './classifier.ts';
import { answered, asSandboxError, type Frame, openFrame } from './frame.ts';
import { type Entries, implausible } from './message-gate.ts';

export interface SandboxOptions extends Omit<ClassifierOptions, 'deadlines'> {
  source: () => Promise<SandboxSource>;
  /** A list in force; undefined where it is gone meanwhile. */
  listFile: (digest: Digest) => Promise<SandboxList | undefined>;
  entriesOf: (digest: Digest) => Entries | undefined;
  changed: (state: SandboxState) => void;
  stop: AbortSignal;
  deadlines?: Deadlines;
}

/** Milliseconds that the sandbox has for something, and for each byte of it. */
export interface Deadlines {
  load: { base: number; perByte: number };
  scan: { base: number; perByte: number };
  /** For a word from a sandbox that has nothing to do. */
  alive: number;
  /** For each model that an item is shown to. */
  look: number;
  /** To start the classifier, or to take a model; and how long it stays when no item needs it. */
  classifier: number;
  classifierIdle: number;
}

export type SandboxState =
  | { state: 'starting' }
  | { state: 'ready'; build: Digest }
  /** It could not start, or was torn down; the next item starts another. */
  | { state: 'failed'; error: LodestoneError; build?: Digest };

export interface Sandbox {
  /** @throws {LodestoneError} `ERR_SANDBOX_*`; `ERR_TRUST_MISSING` where a list of the plan is no longer in force */
  scan(content: Blob, plan: ScanPlan, progress: (sixteenths: number) => void): Promise<Verdict>;
  /** Starts it ahead of the first content, and has a model loaded ahead of the first picture. Never rejects: `changed` and `modelChanged` tell. */
  prepare(model?: Digest): Promise<void>;
}

/** A list has 10 s and a second for each megabyte; an item 15 s, and 2 s for each megabyte. */
const DEADLINES: Deadlines = {
  load: { base: 10_000, perByte: 1_000 / 1_000_000 },
  scan: { base: 15_000, perByte: 2_000 / 1_000_000 },
  alive: 3_000,
  look: 10_000,
  classifier: 30_000,
  classifierIdle: 60_000,
};
/** Of no list: a sandbox that is asked to forget it has nothing to do but to answer. */
const NO_LIST = '0'.repeat(64) as Digest;

export function createSandbox(options: SandboxOptions): Sandbox {
  const { source, listFile, entriesOf, changed, stop, deadlines = DEADLINES } = options;
  const classifier = createClassifier({ ...options, deadlines });
  let opening: Promise<Frame> | undefined;
  /** A page's headers do not change while it is shown: what they forbid is not tried again. */
  let forbidden: LodestoneError | undefined;
  /** What the sandbox that runs holds: list → its suppressed entries. */
  let loaded = new Map<Digest, Uint32Array>();
  let nextContentId = 0;

  /** The sandbox that runs and answers, or a new one. */
  const current = async (): Promise<Frame> => {
    if (forbidden) throw forbidden;
    if (!opening) return (opening = start());
    const frame = await opening;
    return (await isAlive(frame)) ? frame : (opening ??= start());
  };

  /** An engine may end an idle worker or its process and tell nobody: the item whose turn it is is not to suffer for it. */
  const isAlive = async (frame: Frame): Promise<boolean> => {
    const dead = new LodestoneError('ERR_SANDBOX_GONE', 'the sandbox was torn down: it ended by itself');
    try {
      await answered(frame, frame.calls.unload(NO_LIST), deadlines.alive, dead);
      return true;
    } catch (error) {
      frame.end(asSandboxError(error));
      await frame.gone.catch(() => undefined); // its end is told before another's beginning
      return false;
    }
  };

  const start = async (): Promise<Frame> => {
    changed({ state: 'starting' });
    loaded = new Map();
    let build: Digest | undefined;
    const ended = (error: unknown): void => {
      opening = undefined;
      const why = asSandboxError(error);
      if (why.code === 'ERR_SANDBOX_POLICY') forbidden = why;
      changed({ state: 'failed', error: why, ...(build && { build }) });
    };
    try {
      const from = await source();
      const frame = await openFrame(from, stop);
      build = from.build;
      frame.gone.catch(ended);
      changed({ state: 'ready', build });
      return frame;
    } catch (error) {
      ended(error);
      throw error;
    }
  };

  /** Every list of the plan is in, with its suppressions of now; lists that the plan does not name are out. */
  const loadLists = async (frame: Frame, plan: ScanPlan): Promise<void> => {
    const late = new LodestoneError(
      'ERR_SANDBOX_DEADLINE',
      'the sandbox was torn down: it did not take a list in time',
    );
    const wanted = new Set(plan.lists.map(({ fileDigest }) => fileDigest));
    for (const digest of loaded.keys()) {
      if (wanted.has(digest)) continue;
      loaded.delete(digest);
      await answered(frame, frame.calls.unload(digest), deadlines.load.base, late);
    }
    for (const digest of wanted) {
      const suppressed = entriesOf(digest)?.suppressed;
      if (suppressed && sameNumbers(loaded.get(digest), suppressed)) continue;
      const list = await listFile(digest);
      if (!list) throw new LodestoneError('ERR_TRUST_MISSING', `list ${digest} is no longer in force`);
      const ms = allowed(deadlines.load, list.file.byteLength);
      const { ok } = await answered<LoadAnswer>(frame, frame.calls.load(transfer(list, [list.file])), ms, late);
      if (!ok)
        throw new LodestoneError(
          'ERR_SANDBOX_GATE',
          `the sandbox was torn down: it refuses list ${digest}, which was checked before`,
        );
      loaded.set(digest, list.suppressed);
    }
  };

  const scanIn = async (
    frame: Frame,
    content: Blob,
    plan: ScanPlan,
    progress: (sixteenths: number) => void,
  ): Promise<Verdict> => {
    await loadLists(frame, plan);
    await classifier.prepare(frame, plan);
    const bitmap = frame.needsBitmap ? await reducedBitmap(content) : undefined;
    const contentId = nextContentId++;
    frame.gate.begin();
    frame.feed = feeding(frame, content, contentId, progress);
    const job = { contentId, sizeBytes: content.size, plan, ...(bitmap && { bitmap }) };
    const verdict = await answered<Verdict>(
      frame,
      frame.calls.scan(bitmap ? transfer(job, [bitmap]) : job),
      allowed(deadlines.scan, content.size) + plan.models.length * deadlines.look,
      new LodestoneError('ERR_SANDBOX_DEADLINE', 'the sandbox was torn down: it gave no verdict in time'),
    );
    const why = implausible(verdict, plan, entriesOf);
    if (why) throw new LodestoneError('ERR_SANDBOX_GATE', `the sandbox was torn down: ${why}`);
    await classifier.rest(frame, plan, verdict);
    return verdict;
  };

  /** Whatever goes wrong in it, but for a list that is gone, is the sandbox's end. */
  const inSandbox = async <T>(work: (frame: Frame) => Promise<T>): Promise<T> => {
    const frame = await current();
    try {
      return await work(frame);
    } catch (error) {
      const isListGone = error instanceof LodestoneError && error.code === 'ERR_TRUST_MISSING';
      if (!isListGone)
        frame.end(
          error instanceof LodestoneError
            ? error
            : new LodestoneError('ERR_SANDBOX_GATE', 'the sandbox was torn down', { cause: error }),
        );
      throw error;
    }
  };

  return {
    scan: (content, plan, progress) =>
      inSandbox((frame) => scanIn(frame, content, plan, progress).finally(() => (frame.feed = undefined))),
    prepare: (model) =>
      inSandbox(async (frame) => model && classifier.warm(frame, model)).then(
        () => undefined,
        () => undefined,
      ),
  };
}

function allowed({ base, perByte }: Deadlines['load'], sizeBytes: number): number {
  return base + sizeBytes * perByte;
}

/**
 * Answers what the item under way asks for; an item that is over is not answered, and progress only rises. One block run
 * after the other, so that a sandbox that asks for much at once gets it no faster than it takes it from memory here.
 */
function feeding(
  frame: Frame,
  content: Blob,
  contentId: number,
  progress: (sixteenths: number) => void,
): (event: SandboxEvent) => void {
  let reached = 0;
  let reading: Promise<void> = Promise.resolve();
  return (event) => {
    if (!('contentId' in event) || event.contentId !== contentId) return;
    if (event.type === 'bytes-wanted') {
      const { first, count } = event;
      reading = reading.then(async () => {
        if (frame.feed) frame.gate.send(await readBlocks(content, contentId, first, count));
      });
    } else if (event.sixteenths > reached) {
      reached = event.sixteenths;
      progress(reached);
    }
  };
}

function sameNumbers(a: Uint32Array | undefined, b: Uint32Array): boolean {
  return a !== undefined && a.length === b.length && a.every((number, i) => number === b[i]);
}
