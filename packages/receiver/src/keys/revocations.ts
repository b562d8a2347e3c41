/**
 * Keeps the account service's list of revoked pseudonyms in `DATA/revoked-pseudonyms.bin`. Signals of a revoked pseudonym
 * are rejected from the next refresh on. Promise: only a signed list with a higher number replaces the one before.
 * Flow: revoke → here → ingest. Spec: docs/design/receiver.md#revoked-pseudonyms.
 */
import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { toHex } from '@lodestone/protocol/bytes';
import { LodestoneError } from '@lodestone/protocol/error';
import { parseRevocations, type RevocationList } from '@lodestone/protocol/revocations';
import { importSubjectPublicKey, openRevocations } from '@lodestone/seal';
import { isMissing, readSubjectKeys } from './subject-keys.ts';

const revocationsFile = (dataDir: string): string => path.join(dataDir, 'revoked-pseudonyms.bin');

/** The revoked pseudonyms in hex. Only `acceptRevocations` writes the file, so the signature was verified. */
export async function readRevoked(dataDir: string): Promise<ReadonlySet<string>> {
  const list = await readList(dataDir);
  return new Set(list?.pseudonyms.map(toHex));
}

/** @throws {LodestoneError} `ERR_RECEIVER` if no live subject key signed the list, or a newer one was accepted */
export async function acceptRevocations(dataDir: string, bytes: Uint8Array): Promise<RevocationList> {
  const list = await verify(dataDir, bytes);
  const stored = await readList(dataDir);
  if (stored && list.number <= stored.number)
    throw new LodestoneError(
      'ERR_RECEIVER',
      `the list has number ${list.number}, and list ${stored.number} was accepted before; sign it with a higher number`,
    );
  const file = revocationsFile(dataDir);
  await writeFile(`${file}.new`, bytes, { mode: 0o600 });
  await rename(`${file}.new`, file); // a running receiver reads the old list or the new one
  return list;
}

async function verify(dataDir: string, bytes: Uint8Array): Promise<RevocationList> {
  try {
    const keys = await Promise.all((await readSubjectKeys(dataDir)).map(importSubjectPublicKey));
    return await openRevocations(keys, bytes);
  } catch (cause) {
    if (!(cause instanceof LodestoneError)) throw cause;
    throw new LodestoneError('ERR_RECEIVER', `the list is not accepted: ${cause.message}`, { cause });
  }
}

async function readList(dataDir: string): Promise<RevocationList | undefined> {
  const file = revocationsFile(dataDir);
  try {
    return parseRevocations(await readFile(file));
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw new LodestoneError('ERR_RECEIVER', `${file} cannot be read as a revocation list; restore it from a backup`, {
      cause,
    });
  }
}
