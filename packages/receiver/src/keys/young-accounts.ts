/**
 * Keeps the account service's list of young accounts in `DATA/young-accounts.json`. Promise: only a signed list with a higher number
 * replaces the one before. Flow: young-accounts → here → floods/ages. Spec: docs/design/receiver.md#floods
 */
import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { LodestoneError } from '@lodestone/protocol/error';
import { parseYoungAccounts, type YoungAccountList } from '@lodestone/protocol/young-accounts';
import { importSubjectPublicKey, openYoungAccounts } from '@lodestone/seal';
import { isMissing, readSubjectKeys } from './subject-keys.ts';

const fileOf = (dataDir: string): string => path.join(dataDir, 'young-accounts.json');

/** @throws {LodestoneError} `ERR_RECEIVER` if no live subject key signed the list, or a newer one was accepted */
export async function acceptYoungAccounts(dataDir: string, bytes: Uint8Array): Promise<YoungAccountList> {
  const list = await verify(dataDir, bytes);
  const stored = await readYoungAccounts(dataDir);
  if (stored && list.number <= stored.number)
    throw new LodestoneError(
      'ERR_RECEIVER',
      `the list has number ${list.number}, and list ${stored.number} was accepted before; sign it with a higher number`,
    );
  const file = fileOf(dataDir);
  await writeFile(`${file}.new`, bytes, { mode: 0o600 });
  await rename(`${file}.new`, file); // a running receiver reads the old list or the new one
  return list;
}

/** Undefined before the first list. Only `acceptYoungAccounts` writes the file, so the signature was verified. */
export async function readYoungAccounts(dataDir: string): Promise<YoungAccountList | undefined> {
  const file = fileOf(dataDir);
  try {
    return parseYoungAccounts(await readFile(file)).list;
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    const why = 'cannot be read as a list of young accounts; accept a new one with young-accounts';
    throw new LodestoneError('ERR_RECEIVER', `${file} ${why}, after deleting this one`, { cause });
  }
}

async function verify(dataDir: string, bytes: Uint8Array): Promise<YoungAccountList> {
  try {
    const keys = await Promise.all((await readSubjectKeys(dataDir)).map(importSubjectPublicKey));
    return await openYoungAccounts(keys, bytes);
  } catch (cause) {
    if (!(cause instanceof LodestoneError)) throw cause;
    throw new LodestoneError('ERR_RECEIVER', `the list is not accepted: ${cause.message}`, { cause });
  }
}
