/** A build that makes another sandbox than the agreed one says so, and how to agree; one that makes the same says nothing. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Digest } from '@lodestone/protocol/digest';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { composeSandbox, type SandboxScripts } from '../build/document.ts';
import { differenceFromLock, lockOf, printLock, updateLock } from '../build/lock.ts';

const digest = (letter: string) => letter.repeat(64) as Digest;
const digests = { code: digest('c'), runtimes: { lean: digest('d'), full: digest('e') } };
const made = (scripts: SandboxScripts) => ({
  ...composeSandbox(scripts),
  classifier: { code: '', leanRuntime: new Uint8Array(), digests },
});
const sandbox = made({ window: 'start();', scanner: 'scan();' });
const other = made({ window: 'start();', scanner: 'scan() || leak();' });

let files: { built: string; agreed: string };
beforeEach(async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'lodestone-lock-'));
  files = { built: path.join(folder, 'built.json'), agreed: path.join(folder, 'agreed.json') };
  await writeFile(files.built, printLock(lockOf(sandbox)));
});
afterEach(() => rm(path.dirname(files.built), { recursive: true }));

test('the agreed sandbox: nothing to say', async () => {
  await writeFile(files.agreed, printLock(lockOf(sandbox)));
  expect(await differenceFromLock(files)).toBeUndefined();
});

test('another sandbox: a sentence with both digests and the command, until it is agreed to', async () => {
  await writeFile(files.agreed, printLock(lockOf(other)));
  const sentence = await differenceFromLock(files);
  for (const part of [sandbox.build, other.build, 'npm run build -- --update']) expect(sentence).toContain(part);
  await updateLock(files);
  expect(await differenceFromLock(files)).toBeUndefined();
  expect(await readFile(files.agreed, 'utf8')).toBe(printLock(lockOf(sandbox)));
});

test('no agreed sandbox, or none built: not the same', async () => {
  expect(await differenceFromLock(files)).toContain('has none');
  await rm(files.built);
  expect(await differenceFromLock(files)).toContain('make the sandbox none');
});

test('another window script is another lock, also where a policy alone would tell', () => {
  expect(lockOf(made({ window: 'start( );', scanner: 'scan();' })).script).not.toBe(lockOf(sandbox).script);
});
