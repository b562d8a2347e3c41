/**
 * Locks a data folder for one process: two PGlite instances on the same files would corrupt them.
 * Spec: docs/design/receiver.md#database.
 */
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { LodestoneError } from '@lodestone/protocol/error';

/** Lock files of this process. A lock file with this process id that is not in the set is left over. */
const heldLocks = new Set<string>();

/**
 * @returns a function that releases the lock
 * @throws {LodestoneError} `ERR_RECEIVER` if a running process holds the lock
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = path.resolve(folder, 'receiver.lock');
  if (heldLocks.has(file)) throw inUse(folder, process.pid);
  heldLocks.add(file);
  try {
    await createLockFile(file, folder);
  } catch (error) {
    heldLocks.delete(file);
    throw error;
  }
  return async () => {
    await rm(file, { force: true });
    heldLocks.delete(file);
  };
}

/** Links a complete file into place: another process would treat an empty lock file as left over. */
async function createLockFile(file: string, folder: string): Promise<void> {
  const complete = `${file}.${process.pid}`;
  await writeFile(complete, String(process.pid), { mode: 0o600 });
  try {
    await linkOrReplace(complete, file, folder);
  } finally {
    await rm(complete, { force: true });
  }
}

async function linkOrReplace(complete: string, file: string, folder: string): Promise<void> {
  for (let attempts = 0; attempts < 2; attempts++) {
    try {
      await link(complete, file);
      return;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      const owner = Number.parseInt(await readFile(file, 'utf8').catch(() => ''), 10);
      if (owner !== process.pid && isRunning(owner)) throw inUse(folder, owner);
      await rm(file, { force: true });
    }
  }
  throw new LodestoneError('ERR_RECEIVER', `another process creates ${file} again each time it is removed; stop it`);
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid < 1) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function inUse(folder: string, pid: number): LodestoneError<'ERR_RECEIVER'> {
  return new LodestoneError(
    'ERR_RECEIVER',
    `${folder} is in use by process ${pid}; stop that receiver, or remove receiver.lock if it is not one`,
  );
}
