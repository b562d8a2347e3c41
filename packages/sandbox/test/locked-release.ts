/** Locks rows for tests, with a slow hash that is as fast as it may be. */
import { createLocker, loadArgon2id, loadBlake3 } from '@lodestone/locked-list';
import { type ListRecord, printRelease } from '@lodestone/protocol/list-file';
import type { LockedParameters } from '@lodestone/protocol/locked-rows';

const tools = { blake3: await loadBlake3(), slowHash: await loadArgon2id() };
const SEED = new Uint8Array(32).fill(9);

export const PARAMETERS: LockedParameters = {
  bits: 96,
  subsets: 16,
  slots: 2,
  tries: 2_048,
  memoryKiB: 8,
  salt: new Uint8Array(32).fill(7),
  tablesDigest: new Uint8Array(32),
};

/** The file of a list whose PDQ records are locked. */
export async function lockedRelease(
  records: readonly ListRecord[],
  changes: Partial<LockedParameters> = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const parameters = { ...PARAMETERS, ...changes };
  const locker = createLocker(tools, parameters, SEED);
  const locked = records.map(async (record): Promise<ListRecord> => {
    if (record.type !== 'pdq') return record;
    const payload = await locker.lock(record.payload, locker.orderOf(record.payload).slice(0, parameters.slots));
    return { type: 'locked', entry: record.entry, payload };
  });
  return printRelease(await Promise.all(locked), parameters);
}
