/** Files that a reader sees whole or not at all, also after a crash: written beside their place, then renamed into it. */
import { randomUUID } from 'node:crypto';
import { link, mkdir, mkdtemp, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { LodestoneError } from '@lodestone/protocol/error';

export interface WriteOptions {
  /** File mode; 0o644 unless it is a secret. */
  mode?: number;
}

export async function writeWhole(file: string, bytes: Uint8Array, { mode = 0o644 }: WriteOptions = {}): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${randomUUID()}`);
  try {
    await writeSynced(temporary, bytes, mode);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** A file that must not be there yet, from its parts. @throws {LodestoneError} `ERR_REPOSITORY` where it is */
export async function writeNew(
  file: string,
  parts: Iterable<string>,
  { mode = 0o644 }: WriteOptions = {},
): Promise<void> {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${randomUUID()}`);
  try {
    await writeSynced(temporary, parts, mode);
    await link(temporary, file); // unlike a rename, it does not go over a file that is there
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    throw new LodestoneError('ERR_REPOSITORY', `${file} was written by another command meanwhile; try again`, {
      cause,
    });
  } finally {
    await rm(temporary, { force: true });
  }
}

async function writeSynced(file: string, content: Uint8Array | Iterable<string>, mode: number): Promise<void> {
  const handle = await open(file, 'wx', mode);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Puts files into `folder` in the order given: all are written to a folder beside it first, so nothing is there by half,
 * and the last one (a timestamp) is the one by which readers find the others.
 */
export async function placeFiles(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  await mkdir(folder, { recursive: true });
  const beside = await mkdtemp(path.join(path.dirname(folder), '.publishing-'));
  try {
    const names = [...files.keys()];
    for (const [i, bytes] of [...files.values()].entries())
      await writeSynced(path.join(beside, String(i)), bytes, 0o644);
    for (const [i, name] of names.entries()) {
      const place = path.join(folder, name);
      await mkdir(path.dirname(place), { recursive: true });
      await rename(path.join(beside, String(i)), place);
    }
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}
