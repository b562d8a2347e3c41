/** Of several models, one that does not run leaves the others where they are: not blamed, not loaded again for each item. */
import type { ClassifierAnswer, Digest, RoomModel, ScanPlan, Verdict } from '@lodestone/protocol';
import { expect, test } from 'vitest';
import { createClassifier } from '../src/content/classifier.ts';
import type { Frame } from '../src/content/frame.ts';

const [GOOD, BAD] = ['a'.repeat(64) as Digest, 'b'.repeat(64) as Digest];
const planOf = (...models: Digest[]): ScanPlan => ({
  lists: [],
  models: models.map((digest) => ({ digest, minBucket: 5 })),
});
const missing: Verdict = { media: 'image', findings: [], complete: false, reason: 'model-missing' };

/** A classifier whose room takes GOOD, and not BAD. */
function aClassifier() {
  const calls: string[] = [];
  const told: [Digest, string | undefined][] = [];
  const frame = {
    calls: {
      startClassifier: async (): Promise<ClassifierAnswer> => (calls.push('start'), { ok: true }),
      async loadModel({ digest }: RoomModel): Promise<ClassifierAnswer> {
        calls.push(digest === GOOD ? 'good' : 'bad');
        return digest === GOOD ? { ok: true } : { ok: false, fault: 'model' };
      },
      endClassifier: async () => ({ ok: true }),
    },
    gone: new Promise<never>(() => undefined),
  } as unknown as Frame;
  const classifier = createClassifier({
    classifierCode: async () => '',
    modelFile: async (digest) => ({
      model: { digest, file: new ArrayBuffer(1) } as RoomModel,
      runtime: new ArrayBuffer(1),
    }),
    modelChanged: (digest, error) => told.push([digest, error?.code]),
    deadlines: { classifier: 1_000, classifierIdle: 1 },
  });
  const item = async (plan: ScanPlan, verdict: Verdict): Promise<void> => {
    await classifier.prepare(frame, plan);
    classifier.rest(frame, plan, verdict);
  };
  return { item, calls, told };
}

test('in the same plan, and in another', async () => {
  const { item, calls, told } = aClassifier();
  for (const plan of [planOf(GOOD, BAD), planOf(GOOD, BAD), planOf(BAD)]) await item(plan, missing);
  expect(calls).toEqual(['start', 'good', 'bad']);
  expect(told).toEqual([
    [GOOD, undefined],
    [BAD, 'ERR_MODEL'],
  ]);
});
test('but one that was in, and was missed, has lost its worker: the next item starts another', async () => {
  const { item, calls, told } = aClassifier();
  for (let i = 0; i < 2; i++) await item(planOf(GOOD), missing);
  expect(calls).toEqual(['start', 'good', 'start', 'good']);
  expect(told).toEqual([
    [GOOD, undefined],
    [GOOD, 'ERR_MODEL'],
    [GOOD, undefined],
    [GOOD, 'ERR_MODEL'],
  ]);
});
