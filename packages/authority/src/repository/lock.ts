/**
 * One publication at a time in an authority's folder: a daily timestamp must not replace the one of a publication that runs.
 * Promise: a lock whose process has ended is taken over. Spec: docs/design/authority.md#publishing
 */
import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { LodestoneError } from '@lodestone/protocol/error';
import type { Paths } from '../keys/authority.ts';
import { removeLeftovers } from './atomic-files.ts';

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
    await removeLeftovers(path.dirname(file), ['.authority.json.', '.root.json.', '.publishing.lock.']);
    return await publish();
  } finally {
    await rm(lock, { force: true });
  }
}

/** Written under another name first: a process that is killed between creating and writing would leave a lock that names nobody. */
async function create(lock: string): Promise<boolean> {
  const temporary = `${lock}.${randomUUID()}`;
  try {
    await writeFile(temporary, JSON.stringify({ host: hostname(), pid: process.pid }), { flag: 'wx' });
    await link(temporary, lock);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw cause;
  } finally {
    await rm(temporary, { force: true });
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
    const { host, pid } = parse(await readFile(lock, 'utf8'));
    // One that names nobody is left from a machine that stopped: a lock is complete when it appears.
    if (host === undefined) return true;
    return host === hostname() && typeof pid === 'number' && !isRunning(pid);
  } catch {
    // Gone in the meantime.
    return false;
  }
}

function parse(text: string): { host?: unknown; pid?: unknown } {
  try {
    return Object(JSON.parse(text)) as { host?: unknown; pid?: unknown };
  } catch {
    return {};
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
