/**
 * One publication at a time in an authority's folder: a daily timestamp must not replace the one of a publication that runs.
 * Promise: a lock whose process has ended is taken over. Spec: docs/design/authority.md#publishing
 */
import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { LodestoneError } from '@lodestone/protocol/error';
import type { Paths } from '../keys/authority.ts';

/** A process on another machine or in another container cannot be asked whether it still runs. */
const STALE_MS = 30 * 60_000;

/** @throws {LodestoneError} `ERR_REPOSITORY` while another command publishes */
export async function withLock<T>({ file }: Pick<Paths, 'file'>, publish: () => Promise<T>): Promise<T> {
  const lock = path.join(path.dirname(file), '.publishing.lock');
  if (!(await create(lock))) {
    await removeStale(lock);
    if (!(await create(lock))) {
      throw new LodestoneError(
        'ERR_REPOSITORY',
        `another command is publishing: try again when it has ended. If none is running, delete ${lock}`,
      );
    }
  }
  try {
    return await publish();
  } finally {
    await rm(lock, { force: true });
  }
}

async function create(lock: string): Promise<boolean> {
  try {
    const handle = await open(lock, 'wx');
    await handle.writeFile(JSON.stringify({ host: hostname(), pid: process.pid }));
    await handle.close();
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw cause;
  }
}

/** The rename is atomic, so of two commands that find a stale lock only one removes it. */
async function removeStale(lock: string): Promise<void> {
  if (!(await isStale(lock))) return;
  const gone = `${lock}.${randomUUID()}`;
  await rename(lock, gone).catch(() => {});
  await rm(gone, { force: true });
}

async function isStale(lock: string): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(lock);
    if (Date.now() - mtimeMs > STALE_MS) return true;
    const { host, pid } = JSON.parse(await readFile(lock, 'utf8')) as { host: unknown; pid: unknown };
    return host === hostname() && typeof pid === 'number' && !isRunning(pid);
  } catch {
    // Gone in the meantime, or written at this moment.
    return false;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
}
