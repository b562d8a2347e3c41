/**
 * The classifier, from the client's side, in each engine: what fails in it is told by the model's name and ends an item as the
 * order says; what the lists found stands, the sandbox goes on, and the memory is given back when no item needs it.
 */
import type { AnyDigest } from '@lodestone/testkit/digests';
import { LodestoneError, printRelease, type SandboxModel, type ScanPlan } from '@lodestone/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { discs, landscape, pngOf, shapesModel } from '@lodestone/model-shapes';
import { code, runtime } from '@lodestone/sandbox/test/classifier-part';
import { buildOf, withScannerProbe } from '@lodestone/sandbox/test/derive';
import { createSandbox, type Sandbox, type SandboxOptions } from '../src/content/sandbox.ts';
import type { Deadlines } from '../src/content/deadlines.ts';
import type { SandboxReport } from '../src/content/sandbox-state.ts';
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
  loadList: { baseMs: 10_000, msPerByte: 0 },
  scan: { baseMs: 20_000, msPerByte: 0 },
  idleAnswerMs: 3_000,
  modelMs: 10_000,
  classifierMs: 30_000,
  classifierIdleMs: 60_000,
};
const { spec, file } = shapesModel();
const marked = new Blob([pngOf(discs({ seed: 5 }))]);
const plain = new Blob([pngOf(landscape({ seed: 5 }))]);
const listed = new Blob([testPicture()]);

let stop: AbortController;
let states: SandboxReport[];
let told: (LodestoneError | undefined)[];
let fetched: number;
beforeEach(() => {
  stop = new AbortController();
  [states, told, fetched] = [[], [], 0];
});
afterEach(() => stop.abort(new LodestoneError('ERR_DISPOSED', 'the test is over')));

function sandboxWith(change: Partial<SandboxOptions> = {}, html = SANDBOX_DOCUMENT): Sandbox {
  return createSandbox({
    source: async () => ({ build: buildOf(html), script: "'sha256-x'", from: { document: html } }),
    listFile: async () => ({
      fileDigest: LIST,
      file: printRelease([TEST_RECORD]).buffer,
      suppressed: new Uint32Array(),
    }),
    entriesOf: () => ({ entries: Uint32Array.of(7), suppressed: new Uint32Array() }),
    classifierCode: async () => code,
    modelFile: async (digest) => {
      fetched++;
      return { model: { manifestDigest: digest, ...spec, file: file.slice().buffer }, runtime: runtime.slice() };
    },
    modelChanged: (_digest, error) => told.push(error),
    changed: (state) => states.push(state),
    stop: stop.signal,
    deadlines: DEADLINES,
    ...change,
  });
}
/** MODEL as it is, and OTHER with a change. */
function twoModels(change: Partial<SandboxModel>): SandboxOptions['modelFile'] {
  return async (digest) => {
    fetched++;
    const model = { manifestDigest: digest, ...spec, file: file.slice().buffer, ...(digest === OTHER && change) };
    return { model, runtime: runtime.slice() };
  };
}
const blackPixels = (count: number) => new Uint8ClampedArray(new Uint32Array(count).fill(0xff000000).buffer);
const scan = (sandbox: Sandbox, content: Blob, plan = PLAN) => sandbox.scan(content, plan, () => undefined);
const sensitive = { kind: 'sensitive', model: 0, bucket: 10 };
const known = { kind: 'known', list: 0, entry: 7, match: 'near', distance: 0 };

/** The scanner has the window end the classifier at the first look. */
const endsOnce = await withScannerProbe(
  SANDBOX_DOCUMENT,
  `const { postMessage } = MessagePort.prototype;
  let isDone = false;
  MessagePort.prototype.postMessage = function (...given) {
    if (given[0]?.ask === 'look' && !isDone) {
      isDone = true;
      return self.postMessage('end'); // what was asked is lost with it
    }
    return postMessage.apply(this, given);
  };`,
);

test('a picture that it marks is sensitive, another is clear, a listed one is known; it is fetched once', async () => {
  const sandbox = sandboxWith();
  expect(await scan(sandbox, marked)).toEqual({ media: 'image', findings: [sensitive], complete: true });
  expect(await scan(sandbox, plain)).toEqual({ media: 'image', findings: [], complete: true });
  expect(await scan(sandbox, listed)).toMatchObject({ findings: [known], complete: true });
  expect(fetched).toBe(1);
  expect(told).toEqual([undefined]);
});

test('an order without a classifier never starts it', async () => {
  const sandbox = sandboxWith({ classifierCode: () => Promise.reject(new Error('asked for')) });
  expect(await scan(sandbox, listed, { ...PLAN, models: [] })).toMatchObject({ findings: [known], complete: true });
  expect(fetched).toBe(0);
});

test('killed in the middle of an item, beside a model that does not load: the list’s finding stands, the model is named, the next item has it again', async () => {
  const sandbox = sandboxWith({ modelFile: twoModels({ file: new ArrayBuffer(9) }) }, endsOnce);
  const missing = { media: 'image', complete: false, reason: 'model-missing' };
  expect(await scan(sandbox, listed, TWO)).toEqual({ ...missing, findings: [known] });
  expect(told.at(-1)).toMatchObject({ code: 'ERR_MODEL', message: expect.stringContaining(MODEL) as string });
  expect(told.at(-1)?.message).toContain('its worker');
  expect(await scan(sandbox, marked, TWO)).toEqual({ ...missing, findings: [sensitive] });
  expect(told.at(-1)).toBeUndefined();
  expect(fetched).toBe(3); // the other is left as it is
  expect(states.map(({ state }) => state)).toEqual(['starting', 'ready']);
});

test('one that gives no number for a picture fails there alone: the other looks, and none is started or loaded again', async () => {
  // Light is out of its range: as long as a picture is black it has an answer.
  const overflows = { ...spec.input, mean: [0, 0, 0], scale: [1e38, 1e38, 1e38] } satisfies SandboxModel['input'];
  const sandbox = sandboxWith({ modelFile: twoModels({ input: overflows }) });
  const black = new Blob([pngOf({ width: 40, height: 40, pixels: blackPixels(40 * 40) })]);
  for (const complete of [false, true, false]) {
    const verdict = await scan(sandbox, complete ? black : marked, TWO);
    expect(verdict).toMatchObject({ complete, findings: complete ? [] : [sensitive] });
  }
  expect(fetched).toBe(2);
  expect(told).toHaveLength(4);
  expect(told.slice(2).map((error) => error?.message)).toEqual(Array(2).fill(expect.stringContaining(OTHER)));
  expect(told.at(-1)?.message).toContain('no share of 1');
});

test.for<[what: string, change: Partial<SandboxOptions>, why: string]>([
  ['other code than the sandbox was built with', { classifierCode: async () => `${code} ` }, 'another runtime'],
  [
    'another runtime',
    {
      modelFile: async (digest) => ({
        model: { manifestDigest: digest, ...spec, file: file.slice().buffer },
        runtime: file.slice().buffer,
      }),
    },
    'another runtime',
  ],
  [
    'a file that is no model',
    {
      modelFile: async (digest) => ({
        model: { manifestDigest: digest, ...spec, file: new ArrayBuffer(9) },
        runtime: runtime.slice(),
      }),
    },
    'no model',
  ],
])('%s: told by name, not tried again, and the lists go on', async ([, change, why]) => {
  const sandbox = sandboxWith(change);
  for (let i = 0; i < 2; i++) {
    expect(await scan(sandbox, listed)).toMatchObject({ findings: [known], complete: false, reason: 'model-missing' });
    expect(await scan(sandbox, plain)).toMatchObject({ findings: [], complete: false, reason: 'model-missing' });
  }
  expect(told).toHaveLength(1);
  expect(told[0]).toMatchObject({ code: 'ERR_MODEL', message: expect.stringContaining(why) as string });
  expect(await scan(sandbox, listed, { ...PLAN, models: [] })).toMatchObject({ findings: [known], complete: true });
  expect(states.map(({ state }) => state)).toEqual(['starting', 'ready']);
});

test('code or a file that cannot be read now: told by name, the lists go on, and the next item tries again', async () => {
  let isOffline = true;
  const sandbox = sandboxWith({
    classifierCode: async () => (isOffline ? Promise.reject(new TypeError('offline')) : code),
  });
  expect(await scan(sandbox, listed)).toMatchObject({ findings: [known], complete: false, reason: 'model-missing' });
  expect(told[0]).toMatchObject({ code: 'ERR_MODEL', message: expect.stringContaining('could not be read') as string });
  isOffline = false;
  expect(await scan(sandbox, marked)).toMatchObject({ findings: [sensitive], complete: true });
  expect(told.at(-1)).toBeUndefined();
  expect(states.map(({ state }) => state)).toEqual(['starting', 'ready']);
});

test('ahead of its first item it is loaded, and then there; when no item needs it, it is ended, and the next has it again', async () => {
  const sandbox = sandboxWith({ deadlines: { ...DEADLINES, classifierIdleMs: 1_000 } });
  await sandbox.prepare(MODEL);
  expect(told).toEqual([undefined]);
  expect(await scan(sandbox, marked)).toMatchObject({ findings: [sensitive], complete: true });
  expect(fetched).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 1_700));
  expect(await scan(sandbox, marked)).toMatchObject({ findings: [sensitive], complete: true });
  expect(fetched).toBe(2);
});

test('a sandbox that takes no model in time is torn down', async () => {
  const silent = await withScannerProbe(
    SANDBOX_DOCUMENT,
    `const { postMessage } = MessagePort.prototype;
    MessagePort.prototype.postMessage = function (...given) {
      if (given[0]?.ask !== 'load') return postMessage.apply(this, given);
    };`,
  );
  const sandbox = sandboxWith({ deadlines: { ...DEADLINES, classifierMs: 3_000 } }, silent);
  await expect(scan(sandbox, marked)).rejects.toMatchObject({ code: 'ERR_SANDBOX_DEADLINE' });
  expect(states.at(-1)).toMatchObject({ state: 'failed', error: { code: 'ERR_SANDBOX_DEADLINE' } });
});
