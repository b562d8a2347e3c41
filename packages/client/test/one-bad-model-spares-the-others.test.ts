/** If one model of several fails, the others keep working: the failure is reported for that model, and only its results are missing. */
import type { ManifestDigest, PartAnswer, PartFault, SandboxModel, ScanPlan, Verdict } from '@lodestone/protocol';
import { afterEach, expect, test, vi } from 'vitest';
import { createLazyParts } from '../src/content/lazy-parts.ts';
import type { SandboxFrame } from '../src/content/sandbox-frame.ts';

const [GOOD, BAD, HEAVY] = ['a', 'b', 'c'].map((digit) => digit.repeat(64)) as [
  ManifestDigest,
  ManifestDigest,
  ManifestDigest,
];
const NAMES = new Map<string, string>([
  [GOOD, 'good'],
  [BAD, 'bad'],
  [HEAVY, 'heavy'],
]);
const planOf = (...models: ManifestDigest[]): ScanPlan => ({
  lists: [],
  models: models.map((manifestDigest) => ({ manifestDigest, minBucket: 5 })),
});
const missing: Verdict = { media: 'image', findings: [], complete: false, reason: 'model-missing', failedModels: [0] };
afterEach(() => void vi.useRealTimers());
const answer = (fault: PartFault | undefined): PartAnswer => (fault ? { ok: false, fault } : { ok: true });

/** A sandbox that loads GOOD, never BAD, and HEAVY unless `heavy` is a fault. `faults` are the answers to `partFault`. */
function aClassifier({ heavy }: { heavy?: PartFault } = {}) {
  const calls: string[] = [];
  const reports: string[] = [];
  const faults = new Map<ManifestDigest, PartFault>();
  const atLoad = new Map<ManifestDigest, PartFault | undefined>([
    [BAD, 'data'],
    [HEAVY, heavy],
  ]);
  const nameOf = (digest: string): string => NAMES.get(digest) ?? digest;
  const frame = {
    calls: {
      startPart: async () => (calls.push('start'), answer(undefined)),
      loadIntoPart: async (_part: string, digest: ManifestDigest) => (
        calls.push(nameOf(digest)),
        answer(atLoad.get(digest))
      ),
      partFault: async (_part: string, digest: ManifestDigest) => (
        calls.push(`${nameOf(digest)}?`),
        answer(faults.get(digest))
      ),
      endPart: async () => (calls.push('end'), { ok: true }),
    },
    gone: new Promise<never>(() => undefined),
  } as unknown as SandboxFrame;
  const parts = createLazyParts({
    partCode: async () => '',
    partFiles: async (_part, digest) => ({
      data: { manifestDigest: digest, file: new ArrayBuffer(1) } as SandboxModel,
      runtime: new ArrayBuffer(1),
    }),
    partChanged: (_part, digest, problem) => reports.push(`${nameOf(digest)}: ${problem?.fault ?? 'runs'}`),
    deadlines: { idleAnswerMs: 1_000, partLoadMs: 1_000, partIdleMs: 60_000 },
  });
  const item = async (plan: ScanPlan, verdict: Verdict): Promise<void> => {
    await parts.prepare(frame, plan);
    await parts.finish(frame, plan, verdict);
  };
  return { item, warm: (model: ManifestDigest) => parts.warm(frame, 'classifier', model), calls, reports, faults };
}

test('a model that does not load is not tried again, in the same plan or another', async () => {
  const { item, calls, reports } = aClassifier();
  for (const plan of [planOf(GOOD, BAD), planOf(GOOD, BAD), planOf(BAD)]) await item(plan, missing);
  expect(calls).toEqual(['start', 'good', 'bad', 'good?', 'good?']);
  expect(reports).toEqual(['good: runs', 'bad: data']);
});
test.for([[GOOD, BAD], [BAD, GOOD], [GOOD]])(
  'a worker that ended is detected whatever else is missing, and the next item starts another',
  async (models) => {
    const { item, calls, reports, faults } = aClassifier();
    faults.set(GOOD, 'ended');
    await item(planOf(...models), missing);
    expect(reports.at(-1)).toBe('good: ended');
    faults.clear();
    calls.length = 0;
    await item(planOf(...models), missing);
    expect(calls).toEqual(['start', 'good', 'good?']);
    expect(reports.at(-1)).toBe('good: runs');
  },
);
test('if a model runs out of memory, the next item loads the others again, and that model only after a minute', async () => {
  const { item, calls, faults } = aClassifier();
  faults.set(HEAVY, 'runtime').set(GOOD, 'ended');
  await item(planOf(HEAVY, GOOD), missing);
  faults.clear();
  calls.length = 0;
  await item(planOf(HEAVY, GOOD), missing);
  expect(calls).toEqual(['start', 'good', 'good?']);
});
test('a model with an invalid result for one picture is reported, and nothing is started or loaded again', async () => {
  const { item, calls, reports, faults } = aClassifier();
  faults.set(HEAVY, 'data');
  for (let i = 0; i < 2; i++) await item(planOf(GOOD, HEAVY), missing);
  expect(calls).toEqual(['start', 'good', 'heavy', 'good?', 'heavy?', 'good?', 'heavy?']);
  expect(reports.at(-1)).toBe('heavy: data');
});
test.for(['ended', 'runtime'] as const)(
  'if a model ends the worker while it is loaded (%s), the others are loaded again',
  async (heavy) => {
    const { item, calls } = aClassifier({ heavy });
    await item(planOf(GOOD, HEAVY), missing);
    expect(calls).toEqual(['start', 'good', 'heavy', 'start', 'good', 'good?']);
  },
);
test('no fault is requested if no model is missing', async () => {
  const { item, calls } = aClassifier();
  await item(planOf(GOOD), { media: 'image', findings: [], complete: true });
  await item(planOf(GOOD), { media: 'image', findings: [], complete: false, reason: 'decode' });
  expect(calls).toEqual(['start', 'good']);
});

test('a model is loaded once ahead of the first item, and ended when idle', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { item, warm, calls } = aClassifier();
  for (let i = 0; i < 2; i++) await warm(GOOD);
  await item(planOf(GOOD), missing);
  expect(calls).toEqual(['start', 'good', 'good?']);
  await vi.advanceTimersByTimeAsync(40_000);
  await warm(GOOD); // already loaded: this does not prolong the idle period
  expect(calls.at(-1)).toBe('good?');
  await vi.advanceTimersByTimeAsync(40_000);
  expect(calls.at(-1)).toBe('end');
  await warm(GOOD);
  expect(calls.slice(-2)).toEqual(['start', 'good']);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(calls.at(-1)).toBe('end');
});
test('a model that failed before is left to an item that needs it', async () => {
  const { item, warm, calls } = aClassifier({ heavy: 'ended' });
  for (let i = 0; i < 2; i++) await warm(HEAVY);
  expect(calls).toEqual(['start', 'heavy']);
  await item(planOf(HEAVY), missing);
  expect(calls).toEqual(['start', 'heavy', 'start', 'heavy']);
});
