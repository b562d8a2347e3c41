/**
 * The classifier as the client sees it, in each engine: a failure is reported by model and makes the verdict incomplete. The lists'
 * findings are kept, the sandbox keeps running, and the classifier's memory is freed when no item needs it.
 */
import type { AnyDigest } from '@lodestone/testkit/digests';
import { LodestoneError, printRelease, type SandboxModel, type ScanPlan } from '@lodestone/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { discs, landscape, pngOf, shapesModel } from '@lodestone/model-shapes';
import { code, runtime } from '@lodestone/sandbox/testing/built-classifier';
import { buildOf, withScannerProbe } from '@lodestone/sandbox/testing';
import { createSandbox, type Sandbox, type SandboxOptions } from '../src/content/sandbox.ts';
import type { Deadlines } from '../src/content/deadlines.ts';
import type { SandboxReport } from '../src/content/sandbox-state.ts';
import type { PartProblem } from '../src/content/lazy-parts.ts';
import { SANDBOX_DOCUMENT } from '../src/content/sandbox.generated.ts';
import { testPicture } from '../src/testing/picture.ts';
import { TEST_RECORD } from './world.ts';

vi.setConfig({ testTimeout: 90_000 });

const LIST = 'a'.repeat(64) as AnyDigest;
const MODEL = 'c'.repeat(64) as AnyDigest;
const PLAN: ScanPlan = {
  lists: [{ fileDigest: LIST, media: ['image'], maxDistance: 31, minQuality: 0, variants: [] }],
  models: [{ manifestDigest: MODEL, minBucket: 8 }],
};
const OTHER = 'e'.repeat(64) as AnyDigest;
const TWO: ScanPlan = { ...PLAN, models: [...PLAN.models, { manifestDigest: OTHER, minBucket: 8 }] };
const DEADLINES: Deadlines = {
  bootMs: 10_000,
  bootModulesMs: 0,
  bootAnswerMs: 10_000,
  loadList: { baseMs: 10_000, msPerByte: 0 },
  scan: { baseMs: 20_000, msPerByte: 0 },
  idleAnswerMs: 3_000,
  modelMs: 10_000,
  partLoadMs: 30_000,
  partIdleMs: 60_000,
};
const { spec, file } = shapesModel();
const marked = new Blob([pngOf(discs({ seed: 5 }))]);
const plain = new Blob([pngOf(landscape({ seed: 5 }))]);
const listed = new Blob([testPicture()]);

let stop: AbortController;
let states: SandboxReport[];
/** A problem, or undefined when a model runs. */
let reports: ({ digest: string; fault: PartProblem['fault'] } | undefined)[];
let fetched: number;
beforeEach(() => {
  stop = new AbortController();
  [states, reports, fetched] = [[], [], 0];
});
afterEach(() => stop.abort(new LodestoneError('ERR_DISPOSED', 'the test has ended')));

function sandboxWith(change: Partial<SandboxOptions> = {}, html = SANDBOX_DOCUMENT): Sandbox {
  return createSandbox({
    source: async () => ({ build: buildOf(html), script: "'sha256-x'", from: { document: html } }),
    listFile: async () => ({
      fileDigest: LIST,
      file: printRelease([TEST_RECORD]).buffer,
      suppressed: new Uint32Array(),
    }),
    entryOfSha256: async () => 0,
    entriesOf: () => ({ exact: new Uint32Array(), near: Uint32Array.of(7), suppressed: new Uint32Array() }),
    plansInForce: () => [],
    partCode: async () => code,
    partFiles: async (_part, digest) => {
      fetched++;
      return { data: { manifestDigest: digest, ...spec, file: file.slice().buffer }, runtime: runtime.slice() };
    },
    partChanged: (_part, digest, problem) => reports.push(problem && { digest, fault: problem.fault }),
    changed: (state) => states.push(state),
    stop: stop.signal,
    deadlines: DEADLINES,
    ...change,
  });
}
/** MODEL unchanged, and OTHER with a change. */
function twoModels(change: Partial<SandboxModel>): SandboxOptions['partFiles'] {
  return async (_part, digest) => {
    fetched++;
    const model = { manifestDigest: digest, ...spec, file: file.slice().buffer, ...(digest === OTHER && change) };
    return { data: model, runtime: runtime.slice() };
  };
}
const blackPixels = (count: number) => new Uint8ClampedArray(new Uint32Array(count).fill(0xff000000).buffer);
const scan = (sandbox: Sandbox, content: Blob, plan = PLAN) => sandbox.scan(content, plan, () => undefined);
const sensitive = { kind: 'sensitive', model: 0, bucket: 10 };
const known = { kind: 'known', list: 0, entry: 7, match: 'near', distance: 0 };

/** The scanner asks the window to end the classifier at the first run, and waits for the lost answer only briefly. */
const endsOnce = await withScannerProbe(
  SANDBOX_DOCUMENT,
  `const RUN_MS = 8_000;
  const { setTimeout } = self;
  const { postMessage } = MessagePort.prototype;
  let isDone = false;
  self.setTimeout = (work, ms, ...given) => setTimeout(work, ms === RUN_MS && !isDone ? 300 : ms, ...given);
  MessagePort.prototype.postMessage = function (...given) {
    if (given[0]?.type === 'run' && !isDone) {
      isDone = true;
      return self.postMessage({ type: 'end-worker', part: 'classifier' }); // the request is lost with the worker
    }
    return postMessage.apply(this, given);
  };`,
);

test('finds a marked picture sensitive, a plain one not, and a listed one known; the model is fetched once', async () => {
  const sandbox = sandboxWith();
  expect(await scan(sandbox, marked)).toEqual({ media: 'image', findings: [sensitive], complete: true });
  expect(await scan(sandbox, plain)).toEqual({ media: 'image', findings: [], complete: true });
  expect(await scan(sandbox, listed)).toMatchObject({ findings: [known], complete: true });
  expect(fetched).toBe(1);
  expect(reports).toEqual([undefined]);
});

test('a plan without models never starts the classifier', async () => {
  const sandbox = sandboxWith({ partCode: () => Promise.reject(new Error('must not be requested')) });
  expect(await scan(sandbox, listed, { ...PLAN, models: [] })).toMatchObject({ findings: [known], complete: true });
  expect(fetched).toBe(0);
});

test(
  'if the classifier ends during an item, the list finding stands, the model is reported, and the next item uses it again',
  { tags: '@one-engine' },
  async () => {
    const sandbox = sandboxWith({ partFiles: twoModels({ file: new ArrayBuffer(9) }) }, endsOnce);
    const missing = { media: 'image', complete: false, reason: 'model-missing' };
    expect(await scan(sandbox, listed, TWO)).toEqual({ ...missing, findings: [known], failedModels: [0, 1] });
    expect(reports.at(-1)).toEqual({ digest: MODEL, fault: 'ended' });
    expect(await scan(sandbox, marked, TWO)).toEqual({ ...missing, findings: [sensitive], failedModels: [1] });
    expect(reports.at(-1)).toBeUndefined();
    expect(fetched).toBe(3); // the other model is not fetched again
    expect(states.map(({ state }) => state)).toEqual(['starting', 'ready']);
  },
);

test(
  'a model with an invalid output fails for that picture only: the other model runs, and nothing is started or loaded again',
  { tags: ['@all', '@one-engine'] },
  async () => {
    // Only a black picture stays within the range of float32.
    const overflows = { ...spec.input, mean: [0, 0, 0], scale: [1e38, 1e38, 1e38] } satisfies SandboxModel['input'];
    const sandbox = sandboxWith({ partFiles: twoModels({ input: overflows }) });
    const black = new Blob([pngOf({ width: 40, height: 40, pixels: blackPixels(40 * 40) })]);
    for (const complete of [false, true, false]) {
      const verdict = await scan(sandbox, complete ? black : marked, TWO);
      expect(verdict).toMatchObject({ complete, findings: complete ? [] : [sensitive] });
    }
    expect(fetched).toBe(2);
    expect(reports).toHaveLength(4);
    expect(reports.slice(2)).toEqual(Array.from({ length: 2 }, () => ({ digest: OTHER, fault: 'data' })));
  },
);

test.for<[what: string, change: Partial<SandboxOptions>, fault: PartProblem['fault']]>([
  ['code that the sandbox was not built with', { partCode: async () => `${code} ` }, 'digest'],
  [
    'a runtime that the sandbox was not built with',
    {
      partFiles: async (_part, digest) => ({
        data: { manifestDigest: digest, ...spec, file: file.slice().buffer },
        runtime: file.slice().buffer,
      }),
    },
    'digest',
  ],
  [
    'a file that is not a model',
    {
      partFiles: async (_part, digest) => ({
        data: { manifestDigest: digest, ...spec, file: new ArrayBuffer(9) },
        runtime: runtime.slice(),
      }),
    },
    'data',
  ],
])(
  '%s is reported once, not tried again, and list findings are kept',
  { tags: '@one-engine' },
  async ([, change, fault]) => {
    const sandbox = sandboxWith(change);
    for (let i = 0; i < 2; i++) {
      expect(await scan(sandbox, listed)).toMatchObject({
        findings: [known],
        complete: false,
        reason: 'model-missing',
      });
      expect(await scan(sandbox, plain)).toMatchObject({ findings: [], complete: false, reason: 'model-missing' });
    }
    expect(reports).toHaveLength(1);
    expect(reports[0]).toEqual({ digest: MODEL, fault });
    expect(await scan(sandbox, listed, { ...PLAN, models: [] })).toMatchObject({ findings: [known], complete: true });
    expect(states.map(({ state }) => state)).toEqual(['starting', 'ready']);
  },
);

test(
  'unreadable code is reported, list findings are kept, and the next item tries again',
  { tags: ['@all', '@one-engine'] },
  async () => {
    let isOffline = true;
    const sandbox = sandboxWith({
      partCode: async () => (isOffline ? Promise.reject(new TypeError('offline')) : code),
    });
    expect(await scan(sandbox, listed)).toMatchObject({ findings: [known], complete: false, reason: 'model-missing' });
    expect(reports[0]).toEqual({ digest: MODEL, fault: 'unreadable' });
    isOffline = false;
    expect(await scan(sandbox, marked)).toMatchObject({ findings: [sensitive], complete: true });
    expect(reports.at(-1)).toBeUndefined();
    expect(states.map(({ state }) => state)).toEqual(['starting', 'ready']);
  },
);

test(
  'the model is loaded before the first item, ended when idle, and loaded again by the next item',
  { tags: ['@all', '@one-engine'] },
  async () => {
    const deadlines = { ...DEADLINES };
    const sandbox = sandboxWith({ deadlines });
    await sandbox.prepare(MODEL);
    expect(reports).toEqual([undefined]);
    deadlines.partIdleMs = 100;
    expect(await scan(sandbox, marked)).toMatchObject({ findings: [sensitive], complete: true });
    expect(fetched).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await scan(sandbox, marked)).toMatchObject({ findings: [sensitive], complete: true });
    expect(fetched).toBe(2);
  },
);

test('a sandbox that does not load a model in time is terminated', { tags: ['@all', '@one-engine'] }, async () => {
  const silent = await withScannerProbe(
    SANDBOX_DOCUMENT,
    `const { postMessage } = MessagePort.prototype;
    MessagePort.prototype.postMessage = function (...given) {
      if (given[0]?.type !== 'load') return postMessage.apply(this, given);
    };`,
  );
  const sandbox = sandboxWith({ deadlines: { ...DEADLINES, partLoadMs: 1_500 } }, silent);
  await expect(scan(sandbox, marked)).rejects.toMatchObject({ code: 'ERR_SANDBOX_DEADLINE' });
  expect(states.at(-1)).toMatchObject({ state: 'failed', error: { code: 'ERR_SANDBOX_DEADLINE' } });
});
