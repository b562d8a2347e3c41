/**
 * The room's classifier, seen from outside: started when a plan first needs it, given its models, ended when no item needs it,
 * since a runtime never gives back its memory. Flow: room → here → scanner. Promise: whatever fails here is told by the
 * model's name and leaves the lists alone; nothing of it tears the room down but silence.
 */
import {
  type ClassifierAnswer,
  type ClassifierFault,
  type ClassifierPart,
  type Digest,
  LodestoneError,
  type RoomModel,
  type ScanPlan,
  utf8,
  type Verdict,
} from '@lodestone/protocol';
import { transfer } from 'comlink';
import { answered, type Frame } from './frame.ts';

export interface ClassifierOptions {
  /** The classifier worker's code: the room's lazy part. */
  classifierCode: () => Promise<string>;
  /** A model in force, by the digest of its manifest; undefined where it is gone meanwhile. */
  modelFile: (manifest: Digest) => Promise<{ model: RoomModel; runtime: ArrayBuffer } | undefined>;
  /** Why a model does not run; undefined: it does. */
  modelChanged: (manifest: Digest, error: LodestoneError | undefined) => void;
  deadlines: { classifier: number; classifierIdle: number };
}

export interface Classifier {
  /** Every model of the plan is in, but for those that failed. */
  prepare(frame: Frame, plan: ScanPlan): Promise<void>;
  /** An item of this plan has ended with this verdict. */
  rest(frame: Frame, plan: ScanPlan, verdict: Verdict): void;
}

/** A worker that ended may do better; a part or a model that does not fit never will. */
const AGAIN_MS: Record<ClassifierFault, number> = { part: Infinity, model: Infinity, runtime: 60_000, worker: 0 };

const WHY: Record<ClassifierFault, string> = {
  part: 'this build’s room runs another runtime: publish the one that `classifier.runtime` in room.lock.json names',
  model:
    'its file is no model that the runtime reads, its tensors are not its manifest’s, or its output is no share of 1',
  runtime: 'its runtime did not start: memory ran out, or the browser lacks WebAssembly SIMD',
  worker: 'its worker did not start, or ended in the middle of an item; the next item starts another',
};

export function createClassifier({
  classifierCode,
  modelFile,
  modelChanged,
  deadlines,
}: ClassifierOptions): Classifier {
  /** The room that the classifier runs in, and what it holds. */
  let home: Frame | undefined;
  const loaded = new Set<Digest>();
  /** Not tried again before this time. */
  const bad = new Map<Digest, number>();
  let idle: ReturnType<typeof setTimeout> | undefined;

  const ask = (frame: Frame, call: Promise<ClassifierAnswer>): Promise<ClassifierAnswer> =>
    answered(
      frame,
      call,
      deadlines.classifier,
      new LodestoneError('ERR_ROOM_DEADLINE', 'the room was torn down: it did not take a model in time'),
    );

  const gone = (): void => {
    home = undefined;
    loaded.clear();
  };

  const failed = (digest: Digest, fault: ClassifierFault): void => {
    bad.set(digest, Date.now() + AGAIN_MS[fault]);
    if (fault !== 'model') gone();
    modelChanged(digest, new LodestoneError('ERR_MODEL', `model ${digest}: ${WHY[fault]}`));
  };

  /** Storage, or a server that has another release of the app by now, may refuse. */
  const read = async (digest: Digest, needsCode: boolean) => {
    try {
      const file = await modelFile(digest);
      return file && { ...file, code: needsCode ? utf8(await classifierCode()).buffer : undefined };
    } catch (cause) {
      const why = `model ${digest}: its file, or the code that runs it, could not be read`;
      modelChanged(digest, new LodestoneError('ERR_MODEL', why, { cause }));
      return undefined;
    }
  };

  const load = async (frame: Frame, digest: Digest): Promise<void> => {
    const file = await read(digest, home !== frame);
    if (!file) return; // the room says that it is missing
    if (file.code) {
      const part: ClassifierPart = { code: file.code, runtime: file.runtime };
      const started = await ask(frame, frame.calls.startClassifier(transfer(part, [part.code, part.runtime])));
      if (!started.ok) return failed(digest, started.fault);
      gone();
      home = frame;
    }
    const answer = await ask(frame, frame.calls.loadModel(transfer(file.model, [file.model.file])));
    if (!answer.ok) return failed(digest, answer.fault);
    loaded.add(digest);
    bad.delete(digest);
    modelChanged(digest, undefined);
  };

  return {
    async prepare(frame, { models }) {
      clearTimeout(idle);
      if (home !== frame) gone();
      for (const { digest } of models) {
        if (loaded.has(digest) || Date.now() < (bad.get(digest) ?? 0)) continue;
        await load(frame, digest);
      }
    },
    rest(frame, { models }, verdict) {
      clearTimeout(idle);
      // Where one of them was not in anyway, the worker is not to blame.
      if (!verdict.complete && verdict.reason === 'model-missing' && models.every(({ digest }) => loaded.has(digest)))
        for (const { digest } of models) failed(digest, 'worker');
      if (home !== frame) return;
      idle = setTimeout(() => {
        gone();
        void frame.calls.endClassifier();
      }, deadlines.classifierIdle);
    },
  };
}
