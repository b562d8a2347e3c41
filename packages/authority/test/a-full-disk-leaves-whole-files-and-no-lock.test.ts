/** On a full disk a command fails with a typed error; what was there stays, and no lock is left. Spec: docs/design/authority.md#publishing */
import type * as fs from 'node:fs/promises';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { writeAtomically, writeNew } from '../src/repository/atomic-files.ts';
import { withLock } from '../src/repository/lock.ts';
import { temporaryFolder } from './support/authority-folder.ts';

const { disk } = vi.hoisted(() => ({ disk: { isFull: false } }));
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof fs>();
  const full = (): Promise<never> =>
    Promise.reject(Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }));
  const open: typeof real.open = async (...of) => {
    const handle = await real.open(...of);
    if (disk.isFull) handle.writeFile = full;
    return handle;
  };
  const writeFile: typeof real.writeFile = (...of) => (disk.isFull ? full() : real.writeFile(...of));
  return { ...real, open, writeFile };
});

const refused = (folder: string): unknown =>
  expect.objectContaining({
    code: 'ERR_REPOSITORY',
    message: expect.stringMatching(new RegExp(`^a file in ${folder} cannot be written .*no space left`)) as unknown,
  });

let folder: string;
beforeEach(async () => {
  disk.isFull = false;
  folder = await temporaryFolder();
});

test('the disk fills while a command has the lock: the lock is gone, and the next command gets it', async () => {
  const paths = { file: path.join(folder, 'authority.json') };
  await withLock(paths, async () => {
    disk.isFull = true;
  });
  expect(await readdir(folder)).toEqual([]);
  await expect(withLock(paths, async () => 1)).rejects.toEqual(refused(folder));
  disk.isFull = false;
  expect(await withLock(paths, async () => 2)).toBe(2);
});

test('a file that cannot be written is an error that names the folder; the file before it stays', async () => {
  const file = path.join(folder, 'escrow');
  await writeAtomically(file, Uint8Array.of(1));
  disk.isFull = true;
  await expect(writeAtomically(file, Uint8Array.of(2))).rejects.toEqual(refused(folder));
  await expect(writeNew(path.join(folder, 'new'), Uint8Array.of(3))).rejects.toEqual(refused(folder));
  expect(await readdir(folder)).toEqual(['escrow']);
  expect([...(await readFile(file))]).toEqual([1]);
});
