/**
 * Atomic file writes: a temporary file next to the destination, then a rename.
 * Promise: readers see a complete file or none, also after a crash. Spec: docs/design/authority.md#publishing
 */
import { randomUUID } from 'node:crypto';
import type { Stats } from 'node:fs';
import { link, mkdir, mkdtemp, open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { LodestoneError } from '@lodestone/protocol/error';

export interface WriteOptions {
  /** File mode. Default: 0o644. Secrets use 0o600. */
  mode?: number;
  /** The state of the file that is replaced: the new one gets its owner, group and mode. */
  like?: Stats;
}

export async function writeAtomically(
  file: string,
  bytes: Uint8Array,
  { mode = 0o644, like }: WriteOptions = {},
): Promise<void> {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${randomUUID()}`);
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeSynced(temporary, bytes, mode, like);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error instanceof LodestoneError ? error : notWritten(path.dirname(file), error);
  }
}

/** Creates a file from bytes, or from the parts of its text. @throws {LodestoneError} `ERR_REPOSITORY` if the file exists */
export async function writeNew(
  file: string,
  content: Uint8Array | Iterable<string>,
  { mode = 0o644 }: WriteOptions = {},
): Promise<void> {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${randomUUID()}`);
  try {
    await writeSynced(temporary, content, mode);
    await link(temporary, file); // unlike a rename, a link does not replace an existing file
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    throw new LodestoneError('ERR_REPOSITORY', `another command has written ${file} in the meantime; try again`, {
      cause,
    });
  } finally {
    await rm(temporary, { force: true });
  }
}

async function writeSynced(
  file: string,
  content: Uint8Array | Iterable<string>,
  mode: number,
  like?: Stats,
): Promise<void> {
  try {
    const handle = await open(file, 'wx', like ? 0o600 : mode);
    try {
      if (like) {
        await handle.chown(like.uid, like.gid);
        await handle.chmod(like.mode & 0o777);
      }
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw notWritten(path.dirname(file), cause);
  }
}

/** Such as on a full disk, or in place of a folder. */
export function notWritten(folder: string, cause: unknown): LodestoneError<'ERR_REPOSITORY'> {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new LodestoneError(
    'ERR_REPOSITORY',
    `a file in ${folder} cannot be written (${why}): free space or correct the permissions, and run the command again`,
    { cause },
  );
}

/**
 * Moves files into `folder` in the order given. All are written to a temporary folder first, so each is complete when it
 * appears. The last one must be the file through which readers find the others (the timestamp).
 */
export async function installFiles(folder: string, files: readonly [name: string, bytes: Uint8Array][]): Promise<void> {
  await mkdir(folder, { recursive: true });
  await removeLeftovers(path.dirname(folder), ['.publishing-']);
  const temporary = await mkdtemp(path.join(path.dirname(folder), '.publishing-'));
  try {
    for (const [i, [, bytes]] of files.entries()) await writeSynced(path.join(temporary, String(i)), bytes, 0o644);
    for (const [i, [name]] of files.entries()) {
      const place = path.join(folder, name);
      await mkdir(path.dirname(place), { recursive: true });
      await rename(path.join(temporary, String(i)), place);
    }
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** A command that was killed leaves its temporary files and folders. Younger ones can belong to a command that runs. */
const LEFTOVER_MS = 60 * 60_000;

/** Removes old temporary files and folders, whose names start with one of `prefixes`. */
export async function removeLeftovers(folder: string, prefixes: readonly string[]): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!prefixes.some((prefix) => name.startsWith(prefix))) continue;
    const place = path.join(folder, name);
    const state = await stat(place).catch(() => undefined);
    if (state && Date.now() - state.mtimeMs > LEFTOVER_MS) await rm(place, { recursive: true, force: true });
  }
}
