/**
 * The sandbox's classifier, seen from outside: started when a plan first needs it, or ahead of that when nothing waits; given its
 * models; ended when no item needs it, since a runtime never gives back its memory. Flow: sandbox → here → scanner. Promise:
 * whatever fails here is told by the model's name and leaves the lists alone; nothing of it tears the sandbox down but silence.
 */
import {
  type ClassifierAnswer,
  type ClassifierFault,
  type ClassifierPart,
  type ManifestDigest,
  LodestoneError,
  type PlanModel,
  type SandboxModel,
  type ScanPlan,
  utf8,
  type Verdict,
} from '@lodestone/protocol';
import { transfer } from 'comlink';
import { answerInTime, type SandboxFrame } from './sandbox-frame.ts';

export interface ClassifierOptions {
  /** The classifier worker's code: the sandbox's lazy part. */
  classifierCode: () => Promise<string>;
  /** A model in force, by the digest of its manifest; undefined where it is gone meanwhile. */
  modelFile: (manifest: ManifestDigest) => Promise<{ model: SandboxModel; runtime: ArrayBuffer } | undefined>;
  /** Why a model does not run; undefined: it does. */
  modelChanged: (manifest: ManifestDigest, error: LodestoneError | undefined) => void;
  deadlines: { alive: number; classifier: number; classifierIdle: number };
}

export interface Classifier {
  /** Every model of the plan is in, but for those that failed. */
  prepare(frame: SandboxFrame, plan: ScanPlan): Promise<void>;
  /** This one is in, ahead of the first item, unless it has failed before: then it is left to an item that needs it. */
  warm(frame: SandboxFrame, model: ManifestDigest): Promise<void>;
  /** An item of this plan has ended with this verdict: what failed in it is asked for. */
  rest(frame: SandboxFrame, plan: ScanPlan, verdict: Verdict): Promise<void>;
}

/** A worker that ended may do better; a part that does not fit, or a model that cannot be loaded, never will. */
const AGAIN_MS: Record<ClassifierFault, number> = { part: Infinity, model: Infinity, runtime: 60_000, worker: 0 };

const WHY: Record<ClassifierFault, string> = {
  part: 'this build’s sandbox runs another runtime: publish one that `classifier.runtimes` in sandbox.lock.json names',
  model:
    'its file is no model that the runtime reads, its tensors are not its manifest’s, or its output is no share of 1',
  runtime:
    'its runtime did not start, or failed: memory ran out, the browser lacks WebAssembly SIMD, or the model needs what the lean runtime leaves out',
  worker: 'its worker did not start, or ended in the middle of an item; the next item starts another',
};

export function createClassifier({
  classifierCode,
  modelFile,
  modelChanged,
  deadlines,
}: ClassifierOptions): Classifier {
  /** The sandbox that the classifier runs in, and what it holds. */
  let home: SandboxFrame | undefined;
  const loaded = new Set<ManifestDigest>();
  /** What has been tried, and is not in: not again before this time. */
  const bad = new Map<ManifestDigest, number>();
  let idle: ReturnType<typeof setTimeout> | undefined;

  const ask = (
    frame: SandboxFrame,
    call: Promise<ClassifierAnswer>,
    ms = deadlines.classifier,
  ): Promise<ClassifierAnswer> =>
    answerInTime(
      frame,
      call,
      ms,
      new LodestoneError('ERR_SANDBOX_DEADLINE', 'the sandbox was torn down: it was silent about a model'),
    );

  const gone = (): void => {
    home = undefined;
    loaded.clear();
  };

  const tell = (digest: ManifestDigest, fault: ClassifierFault): void =>
    modelChanged(digest, new LodestoneError('ERR_MODEL', `model ${digest}: ${WHY[fault]}`));

  const failed = (digest: ManifestDigest, fault: ClassifierFault): void => {
    bad.set(digest, Date.now() + AGAIN_MS[fault]);
    if (fault !== 'model') gone();
    tell(digest, fault);
  };

  /** Storage, or a server that has another release of the app by now, may refuse. */
  const read = async (digest: ManifestDigest, needsCode: boolean) => {
    try {
      const file = await modelFile(digest);
      return file && { ...file, code: needsCode ? utf8(await classifierCode()).buffer : undefined };
    } catch (cause) {
      const why = `model ${digest}: its file, or the code that runs it, could not be read`;
      modelChanged(digest, new LodestoneError('ERR_MODEL', why, { cause }));
      return undefined;
    }
  };

  const load = async (frame: SandboxFrame, digest: ManifestDigest): Promise<void> => {
    bad.set(digest, 0);
    const file = await read(digest, home !== frame);
    if (!file) return; // the sandbox says that it is missing
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

  const wake = (frame: SandboxFrame): void => {
    clearTimeout(idle);
    if (home !== frame) gone();
  };

  const endWhenIdle = (frame: SandboxFrame): void => {
    if (home !== frame) return;
    idle = setTimeout(() => {
      gone();
      void frame.calls.endClassifier();
    }, deadlines.classifierIdle);
  };

  return {
    async prepare(frame, { models }) {
      wake(frame);
      const failing = new Set<ManifestDigest>();
      const isDue = ({ manifestDigest }: PlanModel): boolean =>
        !loaded.has(manifestDigest) && !failing.has(manifestDigest) && Date.now() >= (bad.get(manifestDigest) ?? 0);
      // One that takes the worker with it has those before it loaded again.
      for (let model = models.find(isDue); model; model = models.find(isDue)) {
        await load(frame, model.manifestDigest);
        if (!loaded.has(model.manifestDigest)) failing.add(model.manifestDigest);
      }
    },
    async warm(frame, model) {
      if ((home === frame && loaded.has(model)) || bad.has(model)) return;
      wake(frame);
      await load(frame, model);
      endWhenIdle(frame);
    },
    async rest(frame, { models }, verdict) {
      if (!verdict.complete && verdict.reason === 'model-missing') {
        const asked = models.map(({ manifestDigest }) => manifestDigest).filter((digest) => loaded.has(digest));
        for (const digest of new Set(asked)) {
          const answer = await ask(frame, frame.calls.modelFault(digest), deadlines.alive);
          if (answer.ok) continue;
          // It failed at this picture and stays: whoever sends such a picture is not to have it missed in others.
          if (answer.fault === 'model') tell(digest, 'model');
          else failed(digest, answer.fault);
        }
      }
      endWhenIdle(frame);
    },
  };
}
