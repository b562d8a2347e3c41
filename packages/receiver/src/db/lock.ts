/**
 * Locks a data folder for one process: two PGlite instances on the same files would corrupt them. The lock is the kernel's
 * (SQLite's exclusive transaction: fcntl, on Windows LockFileEx), so it holds across containers that share the folder, and
 * ends with the process. Flow: db/open → here. Spec: docs/design/receiver.md#database.
 */
import { chmod } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { LodestoneError } from '@lodestone/protocol/error';
import { causeCode } from '../log-safe-error.ts';
import { makePrivate } from '../private-folder.ts';

/** SQLite's result code for a lock that another connection holds. */
const SQLITE_BUSY = 5;

/**
 * @returns a function that releases the lock
 * @throws {LodestoneError} `ERR_RECEIVER` if another process, or this one, holds the lock
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  await makePrivate(folder);
  const file = path.resolve(folder, 'receiver.lock');
  const connection = lockFile(file, folder);
  await chmod(file, 0o600);
  return async () => connection.close();
}

/** Whether an error of `lockFolder` says that another process uses the folder. */
export function isInUse(error: unknown): boolean {
  return error instanceof LodestoneError && isBusy(error.cause);
}

/** @returns the lock, which its `close` or the end of the process releases. @throws as `isBusy` says if it is held */
export function lockExclusively(file: string): DatabaseSync {
  const connection = new DatabaseSync(file, { timeout: 0 });
  try {
    connection.exec('pragma journal_mode = memory; begin exclusive');
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

export function isBusy(cause: unknown): boolean {
  return cause instanceof Error && 'errcode' in cause && cause.errcode === SQLITE_BUSY;
}

function lockFile(file: string, folder: string): DatabaseSync {
  try {
    return lockExclusively(file);
  } catch (cause) {
    if (isBusy(cause)) {
      const why = `${folder} is in use by another receiver on this machine, perhaps in another container`;
      throw new LodestoneError(
        'ERR_RECEIVER',
        `${why}; use its console, stop it first, or set DATABASE_URL for both: receivers and commands share a PostgreSQL database`,
        { cause },
      );
    }
    const why = `cannot lock ${file} (${causeCode(cause)})`;
    throw new LodestoneError('ERR_RECEIVER', `${why}; check that the folder can be written and allows file locks`, {
      cause,
    });
  }
}
