/**
 * One publication at a time in an authority's folder: a daily timestamp must not replace the one of a publication that runs. And one import
 * at a time is saved.
 * Promise: a lock whose process has ended is taken over, by one command. Spec: docs/design/authority.md#publishing
 */
import { randomUUID } from 'node:crypto';
import { link, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LodestoneError } from '@lodestone/protocol/error';
import type { Paths } from '../keys/authority.ts';
import { notWritten, removeLeftovers } from './atomic-files.ts';

/** A process on another machine or in another container cannot be asked whether it still runs: so old, its lock is taken over. */
const STALE_MS = 30 * 60_000;

/** Between two attempts to take a lock. */
const ATTEMPTS_MS = 50;

export interface LockOptions {
  what?: 'publishing' | 'saving an import';
  /** How long to wait for another command. Default: 0. */
  waitMs?: number;
}

/** @throws {LodestoneError} `ERR_REPOSITORY` while another command does the same */
export async function withLock<T>(
  { file }: Pick<Paths, 'file'>,
  run: () => Promise<T>,
  { what = 'publishing', waitMs = 0 }: LockOptions = {},
): Promise<T> {
  const name = `.${what.split(' ')[0]}.lock`;
  const lock = path.join(path.dirname(file), name);
  let own = await take(lock);
  for (let waited = 0; own === undefined && waited < waitMs; waited += ATTEMPTS_MS) {
    await sleep(ATTEMPTS_MS);
    own = await take(lock);
  }
  if (own === undefined) {
    throw new LodestoneError(
      'ERR_REPOSITORY',
      `another command is ${what}: try again when it has ended. If none is running, delete ${lock}`,
    );
  }
  try {
    await removeLeftovers(path.dirname(file), ['.authority.json.', '.root.json.', `${name}.`]);
    return await run();
  } finally {
    // A full disk has no space for the claim, and others would wait for as long as this process runs.
    await remove(lock, own).catch(() => removeIf(lock, own));
  }
}

/** Two files of one name differ in it, also if one replaced the other. */
type Identity = string;

/** Creates the lock, also in place of a stale one. @returns its identity, or undefined while another command has it */
async function take(lock: string): Promise<Identity | undefined> {
  const own = await create(lock);
  if (own !== undefined) return own;
  const stale = await staleLock(lock);
  if (stale === undefined) return undefined;
  await remove(lock, stale);
  return create(lock);
}

/**
 * Removes the lock with this identity, and none that another command has created in its place. A lock is removed only by the
 * command that holds the lock with that identity in its name, so nobody replaces it between the comparison and the removal.
 */
async function remove(lock: string, identity: Identity): Promise<void> {
  const claim = `${lock}.${identity}`;
  if ((await take(claim)) === undefined) return; // another command removes it now
  await removeIf(lock, identity);
  await rm(claim, { force: true });
}

async function removeIf(lock: string, identity: Identity): Promise<void> {
  if ((await identityOf(lock)) === identity) await rm(lock, { force: true });
}

/** Written under another name first: a process that is killed between creating and writing would leave a lock that names nobody. */
async function create(lock: string): Promise<Identity | undefined> {
  const temporary = `${lock}.${randomUUID()}`;
  try {
    await writeFile(temporary, JSON.stringify({ host: hostname(), pid: process.pid }), { flag: 'wx' });
    await link(temporary, lock);
    return await identityOf(temporary); // the same file under two names
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw notWritten(path.dirname(lock), cause);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function identityOf(lock: string): Promise<Identity | undefined> {
  try {
    const { ino, mtimeNs } = await stat(lock, { bigint: true });
    return `${ino}-${mtimeNs}`;
  } catch {
    return undefined;
  }
}

async function staleLock(lock: string): Promise<Identity | undefined> {
  const identity = await identityOf(lock);
  return identity !== undefined && (await isStale(lock)) ? identity : undefined;
}

async function isStale(lock: string): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(lock);
    const { host, pid } = parse(await readFile(lock, 'utf8'));
    // One that names nobody is left from a machine that stopped: a lock is complete when it appears.
    if (host === undefined) return true;
    // However old: a command may wait for a passphrase.
    if (host === hostname() && typeof pid === 'number') return !isRunning(pid);
    return Date.now() - mtimeMs > STALE_MS;
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
