/** A build that differs from sandbox.lock.json gives an error with both digests and the command that updates the file. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Digest } from '@lodestone/protocol/digest';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { composeSandbox, type SandboxScripts } from '../build/document.ts';
import { differenceFromLock, lockOf, printLock, updateLock } from '../build/lock.ts';

const digest = (letter: string) => letter.repeat(64) as Digest;
const digests = { code: digest('c'), runtimes: { trimmed: digest('d'), full: digest('e') } };
const made = (scripts: SandboxScripts) => ({
  ...composeSandbox(scripts),
  parts: [{ name: 'classifier' as const, code: '', digests }],
});
const sandbox = made({ window: 'start();', scanner: 'scan();' });
const other = made({ window: 'start();', scanner: 'scan() || leak();' });

let files: { built: string; committed: string };
beforeEach(async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'lodestone-lock-'));
  files = { built: path.join(folder, 'built.json'), committed: path.join(folder, 'committed.json') };
  await writeFile(files.built, printLock(lockOf(sandbox)));
});
afterEach(() => rm(path.dirname(files.built), { recursive: true }));

test('the same sandbox is not an error', async () => {
  await writeFile(files.committed, printLock(lockOf(sandbox)));
  expect(await differenceFromLock(files)).toBeUndefined();
});

test('another sandbox is an error with both digests and the command, until the lock file is updated', async () => {
  await writeFile(files.committed, printLock(lockOf(other)));
  const sentence = await differenceFromLock(files);
  for (const part of [sandbox.build, other.build, 'npm run build -- --update']) expect(sentence).toContain(part);
  await updateLock(files);
  expect(await differenceFromLock(files)).toBeUndefined();
  expect(await readFile(files.committed, 'utf8')).toBe(printLock(lockOf(sandbox)));
});

test('a missing lock file, or a missing build, is an error', async () => {
  expect(await differenceFromLock(files)).toContain('has none');
  await rm(files.built);
  expect(await differenceFromLock(files)).toContain('build sandbox none');
});

test('another window script changes the lock file’s script hash', () => {
  expect(lockOf(made({ window: 'start( );', scanner: 'scan();' })).script).not.toBe(lockOf(sandbox).script);
});
