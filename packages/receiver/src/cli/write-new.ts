/** Writes files that only their owner can read, whole or not at all, and overwrites none. Flow: export commands, report → here. Spec: docs/design/receiver.md#exports */
import { randomBytes } from 'node:crypto';
import { access, constants, copyFile, type FileHandle, link, open, rm } from 'node:fs/promises';
import { LodestoneError } from '@lodestone/protocol/error';
import { causeCode } from '../log-safe-error.ts';

/** A function records what it returns: it is called once the files can be written. */
type Text = string | (() => Promise<string>);

/** @throws {LodestoneError} `ERR_RECEIVER` if the file exists, or cannot be written; what `text` throws */
export async function writeNew(file: string, text: Text): Promise<void> {
  await writeAllNew([[file, text]]);
}

/**
 * Several files, or none of them. A run that was killed between their names leaves some: the next run names them. A name that is taken or a folder that cannot be written is refused before a text is asked for, so it is
 * not in the record. Each file is written under a temporary name first, so a kill leaves no part of it under its own.
 * @throws {LodestoneError} `ERR_RECEIVER` if one exists, or cannot be written; what a text throws
 */
export async function writeAllNew(files: readonly (readonly [file: string, text: Text])[]): Promise<void> {
  await refuseLeftovers(files.map(([file]) => file));
  const temporary = files.map(([file]) => `${file}.${randomBytes(4).toString('hex')}.part`);
  const handles: FileHandle[] = [];
  const named: string[] = [];
  try {
    for (const [i, [file]] of files.entries())
      await attempt(file, async () => handles.push(await create(temporary[i] ?? '', file)));
    for (const [i, [file, text]] of files.entries()) {
      const content = typeof text === 'string' ? text : await text();
      await attempt(file, async () => {
        await handles[i]?.writeFile(content);
        await handles[i]?.sync();
      });
    }
    for (const [i, [file]] of files.entries()) {
      await attempt(file, () => nameNew(temporary[i] ?? '', file));
      named.push(file);
    }
  } catch (error) {
    await Promise.all(named.map((file) => rm(file, { force: true })));
    throw error;
  } finally {
    await Promise.all(handles.map((handle) => handle.close()));
    await Promise.all(temporary.map((file) => rm(file, { force: true })));
  }
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

/** Some files of a set were written by a run that was killed before it had named the others. */
async function refuseLeftovers(files: readonly string[]): Promise<void> {
  const taken = await Promise.all(files.map(exists));
  const [left, missing] = [files.filter((_, i) => taken[i]), files.filter((_, i) => !taken[i])];
  if (left.length === 0 || missing.length === 0) return;
  const several = left.length > 1;
  throw new LodestoneError(
    'ERR_RECEIVER',
    `${left.join(', ')} ${several ? 'exist' : 'exists'} already, and ${missing.join(', ')} ${missing.length > 1 ? 'do' : 'does'} not: ` +
      `perhaps a run was interrupted. Delete ${several ? 'them' : 'it'}, and what ends with .part beside ${several ? 'them' : 'it'}, or choose a new name`,
  );
}

async function create(temporary: string, file: string): Promise<FileHandle> {
  if (await exists(file)) throw Object.assign(new Error(), { code: 'EEXIST' });
  return open(temporary, 'wx', 0o600);
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

async function attempt(file: string, write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (cause) {
    const why =
      causeCode(cause) === 'EEXIST' ? 'exists already; choose a new name' : `cannot be written (${causeCode(cause)})`;
    throw new LodestoneError('ERR_RECEIVER', `${file} ${why}`, { cause });
  }
}
