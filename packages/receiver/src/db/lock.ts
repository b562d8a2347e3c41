/** One process at a time in a data folder: two PGlites on the same files destroy them. */
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { LodestoneError } from '@lodestone/protocol/error';

/** Folders that this process holds, so that a lock file with our own process id is known as left over. */
const held = new Set<string>();

/**
 * @returns gives the folder back
 * @throws {LodestoneError} `ERR_RECEIVER` where a process that runs has it
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = path.resolve(folder, 'receiver.lock');
  if (held.has(file)) throw taken(folder, process.pid);
  held.add(file);
  try {
    await take(file, folder);
  } catch (error) {
    held.delete(file);
    throw error;
  }
  return async () => {
    await rm(file, { force: true });
    held.delete(file);
  };
}

/** The lock appears with its content: a file that another process finds empty would look left over. */
async function take(file: string, folder: string): Promise<void> {
  const own = `${file}.${process.pid}`;
  await writeFile(own, String(process.pid), { mode: 0o600 });
  try {
    await linkOnce(own, file, folder);
  } finally {
    await rm(own, { force: true });
  }
}

async function linkOnce(own: string, file: string, folder: string): Promise<void> {
  for (let attempts = 0; attempts < 2; attempts++) {
    try {
      await link(own, file);
      return;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      const owner = Number.parseInt(await readFile(file, 'utf8').catch(() => ''), 10);
      if (owner !== process.pid && runs(owner)) throw taken(folder, owner);
      await rm(file, { force: true });
    }
  }
  throw new LodestoneError('ERR_RECEIVER', `${file} comes back each time it is removed`);
}

function runs(pid: number): boolean {
  if (!Number.isInteger(pid) || pid < 1) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function taken(folder: string, pid: number): LodestoneError<'ERR_RECEIVER'> {
  return new LodestoneError(
    'ERR_RECEIVER',
    `${folder} is in use by process ${pid}; if that is no receiver, remove receiver.lock in it`,
  );
}
