/** Writes a file that only its owner can read, and overwrites none. Flow: export commands → here. Spec: docs/design/receiver.md#exports */
import { writeFile } from 'node:fs/promises';
import { LodestoneError } from '@lodestone/protocol/error';
import { causeCode } from '../log-safe-error.ts';

/** @throws {LodestoneError} `ERR_RECEIVER` if the file exists, or cannot be written */
export async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    const why =
      causeCode(cause) === 'EEXIST' ? 'exists already; choose a new name' : `cannot be written (${causeCode(cause)})`;
    throw new LodestoneError('ERR_RECEIVER', `${file} ${why}`, { cause });
  }
}
