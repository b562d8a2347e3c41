/**
 * Lazy parts that are modules start with the scanner. A plan that needs another one replaces the sandbox before the item is scanned, and
 * nobody notices. Spec: docs/design/sandbox.md#lazy-parts
 */
import { LodestoneError, printRelease, type ScanPlan, utf8 } from '@lodestone/protocol';
import { buildOf } from '@lodestone/sandbox/testing';
import { zipOf } from '@lodestone/sandbox/testing/containers';
import { lockedRelease } from '@lodestone/sandbox/testing/locked-release';
import type { AnyDigest } from '@lodestone/testkit/digests';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PART_CODE } from '../src/content/parts.generated.ts';
import { createSandbox, type Sandbox, type SandboxOptions } from '../src/content/sandbox.ts';
import { SANDBOX_DOCUMENT } from '../src/content/sandbox.generated.ts';
import { testPicture } from '../src/testing/picture.ts';
import { TEST_RECORD } from './world.ts';

const LIST = 'a'.repeat(64) as AnyDigest;
const planOf = (...media: ScanPlan['lists'][number]['media']): ScanPlan => ({
  lists: [{ fileDigest: LIST, media, maxDistance: 31, minQuality: 0, variants: [] }],
  models: [],
});
const PICTURES = planOf('image');
const FILES = planOf('image', 'file');
const picture = new Blob([testPicture()]);
const archive = new Blob([await zipOf({ bytes: utf8('a text') })]);
const found = { findings: [{ kind: 'known', list: 0, entry: 7, match: 'near', distance: 0 }], complete: true };
/** Only the containers part can open it. */
const opened = { findings: [], complete: true };

let stop: AbortController;
/** In order: states of the sandbox, problems of parts, loaded code. */
let said: string[];
beforeEach(() => {
  [stop, said] = [new AbortController(), []];
});
afterEach(() => stop.abort(new LodestoneError('ERR_DISPOSED', 'the test has ended')));

function sandboxWith(change: Partial<SandboxOptions> = {}): Sandbox {
  return createSandbox({
    source: async () => ({
      build: buildOf(SANDBOX_DOCUMENT),
      script: "'sha256-x'",
      from: { document: SANDBOX_DOCUMENT },
    }),
    listFile: async () => ({
      fileDigest: LIST,
      file: printRelease([TEST_RECORD]).buffer,
      suppressed: new Uint32Array(),
    }),
    entryOfSha256: async () => 0,
    entriesOf: () => ({ exact: new Uint32Array(), near: Uint32Array.of(7), suppressed: new Uint32Array() }),
    plansInForce: () => [],
    partCode: (part) => (said.push(`code of ${part}`), PART_CODE[part]()),
    partFiles: async () => undefined,
    partChanged: (part, _key, problem) => said.push(`${part}: ${problem?.fault ?? 'runs'}`),
    changed: ({ state }) => said.push(state),
    stop: stop.signal,
    ...change,
  });
}
const scan = (sandbox: Sandbox, content: Blob, plan: ScanPlan): Promise<unknown> =>
  sandbox.scan(content, plan, () => undefined);
const frames = (): number => document.querySelectorAll('iframe[title="Lodestone sandbox"]').length;

test('one that starts under such a plan is started once', async () => {
  const sandbox = sandboxWith({ plansInForce: () => [FILES] });
  expect(await scan(sandbox, archive, FILES)).toMatchObject(opened);
  expect(said).toEqual(['starting', 'code of containers', 'ready', 'containers: runs']);
});

test('another plan replaces it, while it is asked whether it answers, and a plan for less does not', async () => {
  const sandbox = sandboxWith();
  expect(await scan(sandbox, picture, PICTURES)).toMatchObject(found);
  const [verdict] = await Promise.all([
    scan(sandbox, archive, FILES),
    ...Array.from({ length: 20 }, async (_, i) => {
      await new Promise((done) => setTimeout(done, 20 * i));
      await sandbox.prepare();
    }),
  ]);
  expect(verdict).toMatchObject(opened);
  expect(await scan(sandbox, picture, PICTURES)).toMatchObject(found);
  expect(await scan(sandbox, archive, FILES)).toMatchObject(opened);
  expect(said).toEqual(['starting', 'ready', 'code of containers', 'containers: runs']);
  expect(frames()).toBe(1);
});

test('code that could not be loaded is reported, and the next item that needs it loads it', async () => {
  let isOffline = true;
  const sandbox = sandboxWith({
    partCode: async (part) => {
      if (isOffline) throw new TypeError('offline');
      return PART_CODE[part]();
    },
  });
  expect(await scan(sandbox, archive, FILES)).toMatchObject({ findings: [], complete: false });
  expect(sandbox.lacksPart(FILES)).toBe(true);
  isOffline = false;
  expect(await scan(sandbox, archive, FILES)).toMatchObject(opened);
  expect(said).toEqual(['starting', 'ready', 'containers: unreadable', 'containers: runs']);
});

test('code of another build is the fault digest, and the rest works', async () => {
  const sandbox = sandboxWith({ partCode: async (part) => `${await PART_CODE[part]()} ` });
  expect(await scan(sandbox, archive, FILES)).toMatchObject({ findings: [], complete: false });
  expect(await scan(sandbox, picture, FILES)).toMatchObject(found);
  expect(said).toEqual(['starting', 'ready', 'containers: digest']);
});

test('a locked list is searched once its part runs; before, no picture is complete', async () => {
  const LOCKED: ScanPlan = { ...PICTURES, lists: PICTURES.lists.map((line) => ({ ...line, form: 'locked' })) };
  const file = await lockedRelease([TEST_RECORD]);
  let isOffline = true;
  const sandbox = sandboxWith({
    listFile: async () => ({ fileDigest: LIST, file: file.slice().buffer, suppressed: new Uint32Array() }),
    partCode: async (part) => {
      if (isOffline) throw new TypeError('offline');
      return PART_CODE[part]();
    },
  });
  expect(await scan(sandbox, picture, LOCKED)).toMatchObject({ findings: [], complete: false, reason: 'codec' });
  expect(sandbox.lacksPart(LOCKED)).toBe(true);
  isOffline = false;
  expect(await scan(sandbox, picture, LOCKED)).toMatchObject(found);
  expect(sandbox.lacksPart(LOCKED)).toBe(false);
  expect(said).toEqual(['starting', 'ready', 'locked-lists: unreadable', 'locked-lists: runs']);
});

test('after a kill in a look-up the list is opened again; one with parameters out of their bounds leaves others alone', async () => {
  const HOSTILE = 'b'.repeat(64) as AnyDigest;
  const [line] = PICTURES.lists as [ScanPlan['lists'][number]];
  const locked = (...digests: AnyDigest[]): ScanPlan => ({
    lists: digests.map((fileDigest) => ({ ...line, fileDigest, form: 'locked' })),
    models: [],
  });
  const file = await lockedRelease([TEST_RECORD], { tries: 32_768, memoryKiB: 8_192 });
  const hostile = file.slice();
  new DataView(hostile.buffer).setUint32(32 + 8, 0xffffffff, true); // the memory of a slow step
  const sandbox = sandboxWith({
    listFile: async (fileDigest) => ({
      fileDigest,
      file: (fileDigest === HOSTILE ? hostile : file).slice().buffer,
      suppressed: new Uint32Array(),
    }),
  });
  expect(await scan(sandbox, picture, locked(LIST))).toMatchObject(found);
  // Half a second of slow steps.
  const long = Array.from({ length: 32 }, (_, maxDistance) => ({ ...line, maxDistance, form: 'locked' as const }));
  const dying = scan(sandbox, picture, { lists: long, models: [] }).catch((error: unknown) => error);
  await new Promise((done) => setTimeout(done, 50));
  document.querySelector('iframe[title="Lodestone sandbox"]')?.remove();
  expect(await dying).toMatchObject({ code: 'ERR_SANDBOX_GONE' });
  expect(await scan(sandbox, picture, locked(LIST))).toMatchObject(found);
  expect(await scan(sandbox, picture, locked(HOSTILE, LIST))).toMatchObject({
    findings: [{ list: 1, entry: 7, distance: 0 }],
    complete: false,
    reason: 'codec',
  });
  expect(sandbox.lacksPart(locked(HOSTILE))).toBe(false);
});
