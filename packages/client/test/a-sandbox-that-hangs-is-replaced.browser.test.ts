/**
 * Sandboxes that hang, end or lose their worker: the current item ends with a typed error, the next one gets a new sandbox, and
 * no item starts more than one. Each sandbox is the built document with a probe in it. Spec: docs/design/sandbox.md#deadlines
 */
import type { AnyDigest } from '@lodestone/testkit/digests';
import { LIMITS, LodestoneError, printRelease, type ScanPlan, type Verdict } from '@lodestone/protocol';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { buildOf, withScannerProbe, withWindowProbe } from '@lodestone/sandbox/testing';
import type { SandboxSource } from '../src/content/boot-errors.ts';
import type { Allowance, Deadlines } from '../src/content/deadlines.ts';
import { createSandbox, type Sandbox } from '../src/content/sandbox.ts';
import type { SandboxReport } from '../src/content/sandbox-state.ts';
import { SANDBOX_DOCUMENT } from '../src/content/sandbox.generated.ts';
import { testPicture } from '../src/testing/picture.ts';
import { TEST_RECORD } from './world.ts';

const LIST = 'a'.repeat(64) as AnyDigest;
const PLAN: ScanPlan = {
  lists: [{ fileDigest: LIST, media: ['image'], maxDistance: 31, minQuality: 0, variants: [] }],
  models: [],
};
/** The verdict on the test picture, which every demo list holds. */
const FOUND: Verdict = {
  media: 'image',
  findings: [{ kind: 'known', list: 0, entry: 7, match: 'near', distance: 0 }],
  complete: true,
};
const LONG: Allowance = { baseMs: 20_000, msPerByte: 0 };
/** Only for what never ends, so that a busy machine has the long time for the rest. */
const SHORT: Allowance = { baseMs: 500, msPerByte: 0 };

let stop: AbortController;
let states: SandboxReport[];
/** A test may change them before an item. */
let deadlines: Deadlines;
beforeEach(() => {
  stop = new AbortController();
  states = [];
  deadlines = {
    bootMs: 20_000,
    bootModulesMs: 0,
    bootAnswerMs: 20_000,
    loadList: LONG,
    scan: LONG,
    idleAnswerMs: 20_000,
    modelMs: 0,
    partLoadMs: 20_000,
    partIdleMs: 20_000,
  };
});
afterEach(() => stop.abort(new LodestoneError('ERR_DISPOSED', 'the test has ended')));

/** Uses the documents in this order, and the last one repeatedly. */
function sandboxOf(...documents: string[]): Sandbox {
  return createSandbox({
    source: async (): Promise<SandboxSource> => {
      const document = (documents.length > 1 ? documents.shift() : documents[0]) ?? '';
      return { build: buildOf(document) ?? ('0'.repeat(64) as AnyDigest), script: "'sha256-x'", from: { document } };
    },
    listFile: async () => ({
      fileDigest: LIST,
      file: printRelease([TEST_RECORD]).buffer,
      suppressed: new Uint32Array(),
    }),
    entryOfSha256: async () => 0,
    entriesOf: () => ({ exact: new Uint32Array(), near: Uint32Array.of(7), suppressed: new Uint32Array() }),
    plansInForce: () => [],
    partCode: async () => '',
    partFiles: async () => undefined,
    partChanged: () => undefined,
    changed: (state) => states.push(state),
    stop: stop.signal,
    deadlines,
  });
}
const picture = (): Blob => new Blob([testPicture()]);
/** Content that is never read, so that its item does not end by itself. */
function unreadable(): { content: Blob; requested: Promise<void> } {
  const content = picture();
  const { promise: requested, resolve } = Promise.withResolvers<void>();
  content.slice = (from, to) => {
    const part = Blob.prototype.slice.call(content, from, to);
    part.arrayBuffer = () => {
      resolve();
      return new Promise(() => undefined);
    };
    return part;
  };
  return { content, requested };
}
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const scan = (sandbox: Sandbox, content = picture()): Promise<Verdict> => sandbox.scan(content, PLAN, () => undefined);
const started = (): number => states.filter(({ state }) => state === 'starting').length;
const frames = (): NodeListOf<Element> => document.querySelectorAll('iframe[title="Lodestone sandbox"]');

/** Code that runs when the scanner first requests bytes, in the middle of an item. */
const atFirstRequest = (code: string): string => `
  const { close } = self;
  const { postMessage } = MessagePort.prototype;
  MessagePort.prototype.postMessage = function (...given) {
    if (given[0]?.type === 'bytes-wanted') { ${code} }
    return postMessage.apply(this, given);
  };`;
/** Closed before it could do anything but report that it is ready. */
const endsWhenReady = await withScannerProbe(
  SANDBOX_DOCUMENT,
  `const { close } = self;
  const { postMessage } = MessagePort.prototype;
  MessagePort.prototype.postMessage = function (...given) {
    postMessage.apply(this, given);
    if (given[0]?.type === 'ready') close();
  };`,
);

const endsItself = await withScannerProbe(SANDBOX_DOCUMENT, atFirstRequest('close(); return;'));
/** The window ends its worker when the worker asks it to, with a message that means nothing to the window itself. */
const losesItsWorker = await withWindowProbe(
  await withScannerProbe(
    SANDBOX_DOCUMENT,
    atFirstRequest("self.postMessage({ type: 'end-worker', part: 'scanner' });"),
  ),
  `const { Worker } = self;
  self.Worker = function (...given) {
    const worker = new Worker(...given);
    worker.addEventListener('message', ({ data }) => {
      if (data.part === 'scanner') worker.terminate();
    });
    return worker;
  };`,
);
/** Only during an item, because the scanner tries the decoder when it starts. */
const neverDecodes = `
  let isAsked = false;
  const { decode } = self.ImageDecoder?.prototype ?? {};
  if (decode) ImageDecoder.prototype.decode = function (...given) {
    return isAsked ? new Promise(() => {}) : decode.apply(this, given);
  };
  else OffscreenCanvas.prototype.getContext = () => { while (isAsked); };
  ${atFirstRequest('isAsked = true;')}`;

const FAILURES: [what: string, html: string][] = [
  ['never leaves a loop', await withScannerProbe(SANDBOX_DOCUMENT, atFirstRequest('for (;;);'))],
  ['ends its own worker', endsItself],
  [
    'throws outside every handler, and is silent',
    await withScannerProbe(SANDBOX_DOCUMENT, atFirstRequest("Promise.reject(new Error('lost')); return;")),
  ],
  ['loses its worker', losesItsWorker],
  ['never finishes decoding', await withScannerProbe(SANDBOX_DOCUMENT, neverDecodes)],
];

describe('a sandbox that', () => {
  test.each(FAILURES)('%s: the item ends at its deadline, and the next one gets a new sandbox', async (_, html) => {
    const sandbox = sandboxOf(html, SANDBOX_DOCUMENT);
    await sandbox.prepare();
    deadlines.scan = SHORT;
    await expect(scan(sandbox)).rejects.toMatchObject({ code: 'ERR_SANDBOX_DEADLINE' });
    deadlines.scan = LONG;
    expect(states.at(-1)).toMatchObject({ state: 'failed', error: { code: 'ERR_SANDBOX_DEADLINE' } });
    expect(frames()).toHaveLength(0);
    expect(await scan(sandbox)).toEqual(FOUND);
    expect(started()).toBe(2);
    expect(frames()).toHaveLength(1);
  });

  test(
    'always ends itself is started once for each item, and every item ends',
    { tags: ['@all', '@one-engine'] },
    async () => {
      const sandbox = sandboxOf(endsItself);
      deadlines.scan = SHORT;
      for (const count of [1, 2, 3]) {
        await expect(scan(sandbox)).rejects.toMatchObject({ code: 'ERR_SANDBOX_DEADLINE' });
        expect(started()).toBe(count);
      }
    },
  );

  test(
    'waits for a file whose read never ends: the item ends at its deadline, or as soon as it is aborted',
    { tags: '@one-engine' },
    async () => {
      const sandbox = sandboxOf(SANDBOX_DOCUMENT);
      await sandbox.prepare();
      const aborting = new AbortController();
      const { content, requested } = unreadable();
      const aborted = sandbox.scan(content, PLAN, () => undefined, aborting.signal);
      await requested;
      aborting.abort();
      expect(await aborted).toMatchObject({ complete: false });
      deadlines.scan = SHORT;
      await expect(scan(sandbox, unreadable().content)).rejects.toMatchObject({ code: 'ERR_SANDBOX_DEADLINE' });
      deadlines.scan = LONG;
      expect(await scan(sandbox)).toEqual(FOUND);
      expect(started()).toBe(2);
    },
  );

  test('ended while idle is replaced before the next item begins', { tags: '@one-engine' }, async () => {
    const sandbox = sandboxOf(endsWhenReady, SANDBOX_DOCUMENT);
    await sandbox.prepare();
    deadlines.idleAnswerMs = 300;
    expect(await scan(sandbox)).toEqual(FOUND);
    expect(started()).toBe(2);
    expect(states.map(({ state }) => state)).toEqual(['starting', 'ready', 'failed', 'starting', 'ready']);
  });

  test('the page removes is replaced: immediately during an item, and without an error between items', async () => {
    const sandbox = sandboxOf(SANDBOX_DOCUMENT);
    await sandbox.prepare();
    const { content, requested } = unreadable();
    const ended = scan(sandbox, content).catch((error: unknown) => error);
    await requested;
    frames()[0]?.remove();
    expect(await ended).toMatchObject({ code: 'ERR_SANDBOX_GONE' });
    expect(await scan(sandbox)).toEqual(FOUND);
    frames()[0]?.remove();
    expect(await scan(sandbox)).toEqual(FOUND);
    expect(started()).toBe(3);
  });

  test('runs out of memory for an item reports it, and continues', async () => {
    const atReading = `
      const { set } = Uint8Array.prototype;
      let given = 0;
      Uint8Array.prototype.set = function (...what) {
        if (this.length > ${LIMITS.blockBytes} && given++ === 0) throw new RangeError('out of memory');
        return set.apply(this, what);
      };`;
    const sandbox = sandboxOf(await withScannerProbe(SANDBOX_DOCUMENT, atReading));
    await sandbox.prepare();
    const large = new Blob([testPicture(), new Uint8Array(LIMITS.blockBytes)]);
    expect(await scan(sandbox, large)).toEqual({ media: 'unknown', findings: [], complete: false, reason: 'decode' });
    expect(await scan(sandbox)).toEqual(FOUND);
    expect(started()).toBe(1);
  });

  test('does not answer because the page blocks its script fails with ERR_SANDBOX_POLICY, and is not tried again', async () => {
    deadlines.bootAnswerMs = 300;
    const sandbox = sandboxOf('<!doctype html><title>no script runs in here</title>');
    const forbidden = { code: 'ERR_SANDBOX_POLICY', message: expect.stringContaining("script-src 'self' 'sha256-x'") };
    await expect(scan(sandbox)).rejects.toMatchObject(forbidden);
    await expect(scan(sandbox)).rejects.toMatchObject(forbidden);
    expect(started()).toBe(1);
    expect(frames()).toHaveLength(0);
  });

  test(
    'requests everything at the same time gets one run of blocks after the other',
    { tags: '@one-engine' },
    async () => {
      const greedy = await withScannerProbe(
        SANDBOX_DOCUMENT,
        atFirstRequest('for (let i = 0; i < 64; i++) postMessage.call(this, { ...given[0], count: 16 });'),
      );
      let reading = 0;
      let most = 0;
      const content = picture();
      vi.spyOn(Blob.prototype, 'arrayBuffer').mockImplementation(async function (this: Blob) {
        most = Math.max(most, ++reading);
        await wait(1);
        reading -= 1;
        return new Response(this).arrayBuffer();
      });
      expect(await scan(sandboxOf(greedy), content)).toEqual(FOUND);
      vi.restoreAllMocks();
      expect(most).toBe(1);
    },
  );
});
