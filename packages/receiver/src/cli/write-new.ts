/** Writes files that only their owner can read, whole or not at all, and overwrites none. Flow: export commands, report → here. Spec: docs/design/receiver.md#exports */
import { randomBytes } from 'node:crypto';
import { constants, copyFile, link, open, rm } from 'node:fs/promises';
import { LodestoneError } from '@lodestone/protocol/error';
import { causeCode } from '../log-safe-error.ts';

/** @throws {LodestoneError} `ERR_RECEIVER` if the file exists, or cannot be written */
export async function writeNew(file: string, text: string): Promise<void> {
  await writeAllNew([[file, text]]);
}

/**
 * Several files, or none of them. Each is written under a temporary name first, so a kill leaves no part of it under its own.
 * @throws {LodestoneError} `ERR_RECEIVER` if one exists, or cannot be written
 */
export async function writeAllNew(files: readonly (readonly [file: string, text: string])[]): Promise<void> {
  const temporary = files.map(([file]) => `${file}.${randomBytes(4).toString('hex')}.part`);
  const named: string[] = [];
  try {
    for (const [i, [file, text]] of files.entries()) await attempt(file, () => writeWhole(temporary[i] ?? '', text));
    for (const [i, [file]] of files.entries()) {
      await attempt(file, () => nameNew(temporary[i] ?? '', file));
      named.push(file);
    }
  } catch (error) {
    await Promise.all(named.map((file) => rm(file, { force: true })));
    throw error;
  } finally {
    await Promise.all(temporary.map((file) => rm(file, { force: true })));
  }
}

async function writeWhole(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A link, because a rename would overwrite. Some file systems have none. */
async function nameNew(temporary: string, file: string): Promise<void> {
  try {
    await link(temporary, file);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(causeCode(error))) throw error;
    await copyFile(temporary, file, constants.COPYFILE_EXCL);
  }
}

async function attempt(file: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (cause) {
    const why =
      causeCode(cause) === 'EEXIST' ? 'exists already; choose a new name' : `cannot be written (${causeCode(cause)})`;
    throw new LodestoneError('ERR_RECEIVER', `${file} ${why}`, { cause });
  }
}
