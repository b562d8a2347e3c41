/**
 * Keeps the data folder private: only its owner may read it, whatever the umask was and whoever created it.
 * Flow: init, receiver, db/open → here. Promise: loose permissions are removed, or the start is refused.
 * Spec: docs/design/receiver.md#data-folder.
 */
import { chmod, lstat, mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { LodestoneError } from '@lodestone/protocol/error';
import { causeCode } from './log-safe-error.ts';

const OTHERS = 0o077;
/** Windows has no permission bits; the access rules of the parent folder apply there. */
const HAS_MODES = process.platform !== 'win32';

/** Creates the folder if it is missing. @returns whether other users could access it before */
export async function makePrivate(folder: string): Promise<boolean> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return HAS_MODES && removeOthers(folder, await lstat(folder));
}

/** Removes the permissions of other users from all files and folders below `folder`. @returns how many had some */
export async function makeContentsPrivate(folder: string): Promise<number> {
  if (!HAS_MODES) return 0;
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const changed = await Promise.all(
    entries
      .filter((entry) => entry.isFile() || entry.isDirectory())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .map(async (file) => removeOthers(file, await lstat(file))),
  );
  return changed.filter(Boolean).length;
}

async function removeOthers(file: string, { mode }: { mode: number }): Promise<boolean> {
  if ((mode & OTHERS) === 0) return false;
  try {
    await chmod(file, mode & 0o700);
  } catch (cause) {
    const why = `other users can access ${file}, and its permissions cannot be changed (${causeCode(cause)})`;
    throw new LodestoneError('ERR_RECEIVER', `${why}; run chmod go-rwx on it as its owner, or choose another folder`, {
      cause,
    });
  }
  return true;
}
