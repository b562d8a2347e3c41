/** Of several models, what fails of one leaves the others where they are: the sandbox says which, and only that is lost. */
import type {
  ClassifierAnswer,
  ClassifierFault,
  ManifestDigest,
  SandboxModel,
  ScanPlan,
  Verdict,
} from '@lodestone/protocol';
import { afterEach, expect, test, vi } from 'vitest';
import { createClassifier } from '../src/content/classifier.ts';
import type { SandboxFrame } from '../src/content/sandbox-frame.ts';

const [GOOD, BAD, HEAVY] = ['a', 'b', 'c'].map((digit) => digit.repeat(64)) as [
  ManifestDigest,
  ManifestDigest,
  ManifestDigest,
];
const NAMES = new Map([
  [GOOD, 'good'],
  [BAD, 'bad'],
  [HEAVY, 'heavy'],
]);
const planOf = (...models: ManifestDigest[]): ScanPlan => ({
  lists: [],
  models: models.map((manifestDigest) => ({ manifestDigest, minBucket: 5 })),
});
const missing: Verdict = { media: 'image', findings: [], complete: false, reason: 'model-missing' };
afterEach(() => void vi.useRealTimers());
const answer = (fault: ClassifierFault | undefined): ClassifierAnswer => (fault ? { ok: false, fault } : { ok: true });

/** A classifier whose sandbox takes GOOD, never BAD, and HEAVY only where `heavy` lets it; and then says of a look what `faults` say. */
function aClassifier({ heavy }: { heavy?: ClassifierFault } = {}) {
  const calls: string[] = [];
  const told: string[] = [];
  const faults = new Map<ManifestDigest, ClassifierFault>();
  const atLoad = new Map<ManifestDigest, ClassifierFault | undefined>([
    [BAD, 'model'],
    [HEAVY, heavy],
  ]);
  const nameOf = (digest: ManifestDigest): string => NAMES.get(digest) ?? digest;
  const frame = {
    calls: {
      startClassifier: async () => (calls.push('start'), answer(undefined)),
      loadModel: async ({ manifestDigest }: SandboxModel) => (
        calls.push(nameOf(manifestDigest)),
        answer(atLoad.get(manifestDigest))
      ),
      modelFault: async (digest: ManifestDigest) => (calls.push(`${nameOf(digest)}?`), answer(faults.get(digest))),
      endClassifier: async () => (calls.push('end'), { ok: true }),
    },
    gone: new Promise<never>(() => undefined),
  } as unknown as SandboxFrame;
  const { prepare, rest, warm } = createClassifier({
    classifierCode: async () => '',
    modelFile: async (digest) => ({
      model: { manifestDigest: digest, file: new ArrayBuffer(1) } as SandboxModel,
      runtime: new ArrayBuffer(1),
    }),
    modelChanged: (digest, error) =>
      told.push(`${nameOf(digest)}: ${error ? error.message.replace(/^.*?: /, '') : 'runs'}`),
    deadlines: { alive: 1_000, classifier: 1_000, classifierIdle: 60_000 },
  });
  const item = async (plan: ScanPlan, verdict: Verdict): Promise<void> => {
    await prepare(frame, plan);
    await rest(frame, plan, verdict);
  };
  return { item, warm: (model: ManifestDigest) => warm(frame, model), calls, told, faults };
}

test('one that is not taken: not loaded again, nor asked for, in the same plan and in another', async () => {
  const { item, calls, told } = aClassifier();
  for (const plan of [planOf(GOOD, BAD), planOf(GOOD, BAD), planOf(BAD)]) await item(plan, missing);
  expect(calls).toEqual(['start', 'good', 'bad', 'good?', 'good?']);
  expect(told).toEqual(['good: runs', expect.stringMatching(/^bad: its file is no model/)]);
});
test.for([[GOOD, BAD], [BAD, GOOD], [GOOD]])(
  'a worker that ended is noticed, whatever else is missing: the next item starts another',
  async (models) => {
    const { item, calls, told, faults } = aClassifier();
    faults.set(GOOD, 'worker');
    await item(planOf(...models), missing);
    expect(told.at(-1)).toMatch(/^good: its worker/);
    faults.clear();
    calls.length = 0;
    await item(planOf(...models), missing);
    expect(calls).toEqual(['start', 'good', 'good?']);
    expect(told.at(-1)).toBe('good: runs');
  },
);
test('memory that ran out in the look of one: the next item has the others again, and that one is left out for a while', async () => {
  const { item, calls, faults } = aClassifier();
  faults.set(HEAVY, 'runtime').set(GOOD, 'worker');
  await item(planOf(HEAVY, GOOD), missing);
  faults.clear();
  calls.length = 0;
  await item(planOf(HEAVY, GOOD), missing);
  expect(calls).toEqual(['start', 'good', 'good?']);
});
test('one that gives nonsense for a picture: told, and nothing is started or loaded for it', async () => {
  const { item, calls, told, faults } = aClassifier();
  faults.set(HEAVY, 'model');
  for (let i = 0; i < 2; i++) await item(planOf(GOOD, HEAVY), missing);
  expect(calls).toEqual(['start', 'good', 'heavy', 'good?', 'heavy?', 'good?', 'heavy?']);
  expect(told.at(-1)).toMatch(/^heavy: .* its output is no share of 1/);
});
test.for(['worker', 'runtime'] as const)(
  'one that ends the worker while it is loaded (%s): the others are loaded again',
  async (heavy) => {
    const { item, calls } = aClassifier({ heavy });
    await item(planOf(GOOD, HEAVY), missing);
    expect(calls).toEqual(['start', 'good', 'heavy', 'start', 'good', 'good?']);
  },
);
test('where nothing is missing nothing is asked', async () => {
  const { item, calls } = aClassifier();
  await item(planOf(GOOD), { media: 'image', findings: [], complete: true });
  await item(planOf(GOOD), { media: 'image', findings: [], complete: false, reason: 'decode' });
  expect(calls).toEqual(['start', 'good']);
});

test('ahead of the first item it is loaded once; idle, it is ended all the same', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { item, warm, calls } = aClassifier();
  for (let i = 0; i < 2; i++) await warm(GOOD);
  await item(planOf(GOOD), missing);
  expect(calls).toEqual(['start', 'good', 'good?']);
  await vi.advanceTimersByTimeAsync(40_000);
  await warm(GOOD); // there already, and not kept for longer
  expect(calls.at(-1)).toBe('good?');
  await vi.advanceTimersByTimeAsync(40_000);
  expect(calls.at(-1)).toBe('end');
  await warm(GOOD);
  expect(calls.slice(-2)).toEqual(['start', 'good']);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(calls.at(-1)).toBe('end');
});
test('what has failed before is left to an item that needs it', async () => {
  const { item, warm, calls } = aClassifier({ heavy: 'worker' });
  for (let i = 0; i < 2; i++) await warm(HEAVY);
  expect(calls).toEqual(['start', 'heavy']);
  await item(planOf(HEAVY), missing);
  expect(calls).toEqual(['start', 'heavy', 'start', 'heavy']);
});
