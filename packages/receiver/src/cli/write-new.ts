/** Writes a file that only its owner can read, and overwrites none. Flow: export commands → here. Spec: docs/design/receiver.md#exports */
import { open, rm } from 'node:fs/promises';
import { LodestoneError } from '@lodestone/protocol/error';
import { causeCode } from '../log-safe-error.ts';

/**
 * Creates the file, then asks for its text: what a name that is taken or a folder that cannot be written refuses is not in the record,
 * and what the file has is in the record before. A file without its text is removed.
 * @param read what records, and returns the text
 * @throws {LodestoneError} `ERR_RECEIVER` if the file exists, or cannot be written
 */
export async function writeNew(file: string, read: () => Promise<string>): Promise<void> {
  const handle = await open(file, 'wx', 0o600).catch((cause: unknown) => {
    throw cannotWrite(file, cause);
  });
  let isWritten = false;
  try {
    const text = await read();
    await handle.writeFile(text).catch((cause: unknown) => {
      throw cannotWrite(file, cause);
    });
    isWritten = true;
  } finally {
    await handle.close();
    if (!isWritten) await rm(file);
  }
}

function cannotWrite(file: string, cause: unknown): LodestoneError<'ERR_RECEIVER'> {
  const code = causeCode(cause);
  const why = code === 'EEXIST' ? 'exists already; choose a new name' : `cannot be written (${code})`;
  return new LodestoneError('ERR_RECEIVER', `${file} ${why}`, { cause });
}
