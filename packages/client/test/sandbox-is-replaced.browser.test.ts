/**
 * Sandboxes that hang, die or lose their worker: the item that was under way ends with a typed error, the next one has a new
 * sandbox, and no item starts more than one. The sandboxes are the built one with a probe in it, in each engine.
 */
import { type Digest, LIMITS, LodestoneError, printRelease, type ScanPlan, type Verdict } from '@lodestone/protocol';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { buildOf, withScannerProbe, withWindowProbe } from '@lodestone/sandbox/test/derive';
import type { SandboxSource } from '../src/content/boot-errors.ts';
import type { Deadlines } from '../src/content/deadlines.ts';
import { createSandbox, type Sandbox } from '../src/content/sandbox.ts';
import type { SandboxReport } from '../src/content/sandbox-state.ts';
import { SANDBOX_DOCUMENT } from '../src/content/sandbox.generated.ts';
import { testPicture } from '../src/testing/picture.ts';
import { TEST_RECORD } from './world.ts';

const LIST = 'a'.repeat(64) as Digest;
const PLAN: ScanPlan = {
  lists: [{ fileDigest: LIST, media: ['image'], maxDistance: 31, minQuality: 0, variants: [] }],
  models: [],
};
/** Of the picture that every demo order matches. */
const FOUND: Verdict = {
  media: 'image',
  findings: [{ kind: 'known', list: 0, entry: 7, match: 'near', distance: 0 }],
  complete: true,
};
const SHORT: Deadlines = {
  loadList: { baseMs: 10_000, msPerByte: 0 },
  scan: { baseMs: 1_500, msPerByte: 0 },
  idleAnswerMs: 1_500,
  modelMs: 0,
  classifierMs: 10_000,
  classifierIdleMs: 10_000,
};

let stop: AbortController;
let states: SandboxReport[];
beforeEach(() => {
  stop = new AbortController();
  states = [];
});
afterEach(() => stop.abort(new LodestoneError('ERR_DISPOSED', 'the test is over')));

/** The sandboxes come in this order; the last one again and again. */
function sandboxOf(...documents: string[]): Sandbox {
  return createSandbox({
    source: async (): Promise<SandboxSource> => {
      const document = (documents.length > 1 ? documents.shift() : documents[0]) ?? '';
      return { build: buildOf(document) ?? ('0'.repeat(64) as Digest), script: "'sha256-x'", from: { document } };
    },
    listFile: async () => ({
      fileDigest: LIST,
      file: printRelease([TEST_RECORD]).buffer,
      suppressed: new Uint32Array(),
    }),
    entriesOf: () => ({ entries: Uint32Array.of(7), suppressed: new Uint32Array() }),
    classifierCode: async () => '',
    modelFile: async () => undefined,
    modelChanged: () => undefined,
    changed: (state) => states.push(state),
    stop: stop.signal,
    deadlines: SHORT,
  });
}
const picture = (): Blob => new Blob([testPicture()]);
/** Takes its time to be read, so that what happens meanwhile happens in the middle of an item. */
function slow(): Blob {
  const content = picture();
  content.slice = (from, to) => {
    const part = Blob.prototype.slice.call(content, from, to);
    part.arrayBuffer = async () => {
      await wait(1_000);
      return Blob.prototype.arrayBuffer.call(part);
    };
    return part;
  };
  return content;
}
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const scan = (sandbox: Sandbox, content = picture()): Promise<Verdict> => sandbox.scan(content, PLAN, () => undefined);
const started = (): number => states.filter(({ state }) => state === 'starting').length;
const frames = (): NodeListOf<Element> => document.querySelectorAll('iframe[title="Lodestone sandbox"]');

/** Code that acts at the scanner's first question for bytes: an item is under way. */
const atFirstQuestion = (code: string): string => `
  const { close } = self;
  const { postMessage } = MessagePort.prototype;
  MessagePort.prototype.postMessage = function (...given) {
    if (given[0]?.type === 'bytes-wanted') { ${code} }
    return postMessage.apply(this, given);
  };`;
/** Code that acts on its own, when the sandbox has been ready for a while. */
const whenIdle = (code: string): string => `
  const { close, setTimeout } = self;
  setTimeout(() => { ${code} }, 400);`;

const dies = await withScannerProbe(SANDBOX_DOCUMENT, atFirstQuestion('close(); return;'));
const losesItsWorker = `
  const { Worker } = self;
  self.Worker = function (...given) {
    const worker = new Worker(...given);
    setTimeout(() => worker.terminate(), 500);
    return worker;
  };`;
/** Once an item is under way; at its start the scanner tries the decoder. */
const decodesForEver = `
  let isAsked = false;
  const { decode } = self.ImageDecoder?.prototype ?? {};
  if (decode) ImageDecoder.prototype.decode = function (...given) {
    return isAsked ? new Promise(() => {}) : decode.apply(this, given);
  };
  else OffscreenCanvas.prototype.getContext = () => { while (isAsked); };
  ${atFirstQuestion('isAsked = true;')}`;

const TROUBLE: [what: string, html: string][] = [
  ['loops for ever', await withScannerProbe(SANDBOX_DOCUMENT, atFirstQuestion('for (;;);'))],
  ['ends its own worker', dies],
  [
    'throws where nobody catches it, and is silent',
    await withScannerProbe(SANDBOX_DOCUMENT, atFirstQuestion("Promise.reject(new Error('lost')); return;")),
  ],
  ['loses its worker', await withWindowProbe(SANDBOX_DOCUMENT, losesItsWorker)],
  ['decodes for ever', await withScannerProbe(SANDBOX_DOCUMENT, decodesForEver)],
];

describe('a sandbox that', () => {
  test.each(TROUBLE)('%s: the item ends at its deadline, the next one has a new sandbox', async (_, html) => {
    const sandbox = sandboxOf(html, SANDBOX_DOCUMENT);
    await sandbox.prepare();
    await expect(scan(sandbox, slow())).rejects.toMatchObject({ code: 'ERR_SANDBOX_DEADLINE' });
    expect(states.at(-1)).toMatchObject({ state: 'failed', error: { code: 'ERR_SANDBOX_DEADLINE' } });
    expect(frames()).toHaveLength(0);
    expect(await scan(sandbox)).toEqual(FOUND);
    expect(started()).toBe(2);
    expect(frames()).toHaveLength(1);
  });

  test('always dies starts once for each item, and every item ends', async () => {
    const sandbox = sandboxOf(dies);
    for (const count of [1, 2, 3]) {
      await expect(scan(sandbox)).rejects.toMatchObject({ code: 'ERR_SANDBOX_DEADLINE' });
      expect(started()).toBe(count);
    }
  });

  test('has died while it had nothing to do is replaced before the item begins', async () => {
    const sandbox = sandboxOf(await withScannerProbe(SANDBOX_DOCUMENT, whenIdle('close();')), SANDBOX_DOCUMENT);
    await sandbox.prepare();
    await wait(800);
    expect(await scan(sandbox)).toEqual(FOUND);
    expect(started()).toBe(2);
    expect(states.map(({ state }) => state)).toEqual(['starting', 'ready', 'failed', 'starting', 'ready']);
  });

  test('the page removes is replaced: at once where an item is under way, and without a word where none is', async () => {
    const sandbox = sandboxOf(SANDBOX_DOCUMENT);
    await sandbox.prepare();
    const before = performance.now();
    const ended = scan(sandbox, slow()).catch((error: unknown) => error);
    await wait(300);
    frames()[0]?.remove();
    expect(await ended).toMatchObject({ code: 'ERR_SANDBOX_GONE' });
    expect(performance.now() - before).toBeLessThan(1_000);
    expect(await scan(sandbox)).toEqual(FOUND);
    frames()[0]?.remove();
    expect(await scan(sandbox)).toEqual(FOUND);
    expect(started()).toBe(3);
  });

  test('has no memory left for an item says so, and lives on', async () => {
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

  test('does not answer because the page forbids its script fails by name, and is not tried again', async () => {
    const sandbox = sandboxOf('<!doctype html><title>no script runs in here</title>');
    const forbidden = { code: 'ERR_SANDBOX_POLICY', message: expect.stringContaining("script-src 'self' 'sha256-x'") };
    await expect(scan(sandbox)).rejects.toMatchObject(forbidden);
    await expect(scan(sandbox)).rejects.toMatchObject(forbidden);
    expect(started()).toBe(1);
    expect(frames()).toHaveLength(0);
  });

  test('asks for all at once is given one run of blocks after the other', async () => {
    const greedy = await withScannerProbe(
      SANDBOX_DOCUMENT,
      atFirstQuestion('for (let i = 0; i < 64; i++) postMessage.call(this, { ...given[0], count: 16 });'),
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
  });
});
