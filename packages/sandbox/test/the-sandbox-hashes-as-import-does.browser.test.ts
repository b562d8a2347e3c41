/**
 * The sandbox of each engine finds the hash that `pdq hash` prints for a file, and that `lodestone-authority import` lists, within 4 bits.
 * Where an engine shows another picture, or none, the table says so. Spec: docs/design/hashing.md#import-and-sandbox
 */
import { fromHex } from '@lodestone/protocol/bytes';
import { printRelease } from '@lodestone/protocol/list-file';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { HASHES } from './fixtures/hashes.ts';
import { type OpenSandbox, openSandbox, planList, sandboxList } from './open-sandbox.ts';

const urls = import.meta.glob<string>('./fixtures/*', { query: '?url', import: 'default', eager: true });

/** Firefox decodes neither. WebKitGTK ignores what an AVIF says about its orientation and its crop. */
const OTHERWISE: Partial<Record<string, Record<string, 'decode' | 'another picture'>>> = {
  firefox: { 'arithmetic.jpg': 'decode', 'cropped.avif': 'decode' },
  webkit: { 'turned.avif': 'another picture', 'mirrored.avif': 'another picture', 'cropped.avif': 'another picture' },
};

let sandbox: OpenSandbox;
beforeAll(async () => {
  sandbox = await openSandbox();
});
afterAll(() => sandbox.close());

test.for(Object.entries(HASHES))('%s', async ([name, hash]) => {
  const content = new Uint8Array(await (await fetch(urls[`./fixtures/${name}`] ?? '')).arrayBuffer());
  const records = [{ type: 'pdq', entry: 1, payload: fromHex(hash) }] as const;
  await sandbox.calls.load(sandboxList('imported', printRelease([...records])));
  const verdict = await sandbox.scan(content, [planList('imported', { maxDistance: 4, minQuality: 0 })]);
  const outcome = verdict.findings.length > 0 ? 'found' : verdict.complete ? 'another picture' : verdict.reason;
  expect(outcome).toBe(OTHERWISE[inject('engine')]?.[name] ?? 'found');
});
