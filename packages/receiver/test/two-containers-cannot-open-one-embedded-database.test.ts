/**
 * The lock of the data folder is the kernel's, so it holds between containers, where both processes have id 1, and ends
 * with its process. Real processes; `unshare` gives each its own process ids where the machine permits that.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lockFolder } from '../src/db/lock.ts';

const SCRIPT = path.join(import.meta.dirname, 'programs/hold-lock.ts');
const NODE = [process.execPath, '--conditions=source', SCRIPT];
/** With `--user`, also for a user that is not root. */
const UNSHARE = [
  ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'],
  ['unshare', '--user', '--map-root-user', '--pid', '--fork', '--mount-proc', '--kill-child'],
].find(([command = '', ...args]) => spawnSync(command, [...args, 'true']).status === 0);

let folder: string;
let processes: ChildProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'receiver-lock-'));
});
afterEach(async () => {
  for (const child of processes) child.kill('SIGKILL');
  processes = [];
  await rm(folder, { recursive: true, force: true });
});

/** @returns the process, and the first line that it prints */
async function start(prefix: readonly string[]): Promise<[ChildProcess, string]> {
  const [command, ...args] = [...prefix, ...NODE, folder];
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  processes.push(child);
  if (!child.stdout) throw new Error('no standard output');
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return [child, line];
}

describe.each<[string, readonly string[] | undefined, RegExp]>([
  ['of one machine', [], /^locked by \d+$/],
  ['of two containers, both with process id 1,', UNSHARE, /^locked by 1$/],
])('two processes %s', (_, prefix = [], locked) => {
  const isPossible = prefix.length > 0 || locked.test('locked by 22');
  test.runIf(isPossible)('cannot both lock a folder, and a killed process leaves no lock', async () => {
    const [first, line] = await start(prefix);
    expect(line).toMatch(locked);
    expect((await start(prefix))[1]).toMatch(/in use by another receiver/);
    first.kill('SIGKILL');
    await once(first, 'exit');
    await expect.poll(async () => (await start(prefix))[1], { timeout: 10_000 }).toMatch(locked);
  });
});

test('a lock file that a killed process left does not prevent the next start', async () => {
  await writeFile(path.join(folder, 'receiver.lock'), '');
  await (
    await lockFolder(folder)
  )();
});

test('one process cannot lock a folder twice, until it releases the first lock', async () => {
  const unlock = await lockFolder(folder);
  await expect(lockFolder(folder)).rejects.toMatchObject({
    code: 'ERR_RECEIVER',
    message: expect.stringMatching(/in use/),
  });
  await unlock();
  await (
    await lockFolder(folder)
  )();
  expect((await stat(path.join(folder, 'receiver.lock'))).mode & 0o777).toBe(0o600);
});

test('a file that is no lock is not overwritten, and the error names it', async () => {
  await writeFile(path.join(folder, 'receiver.lock'), 'not a lock '.repeat(100));
  await expect(lockFolder(folder)).rejects.toMatchObject({
    code: 'ERR_RECEIVER',
    message: expect.stringMatching(/receiver\.lock/),
  });
});
