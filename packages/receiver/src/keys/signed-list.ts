/**
 * Keeps a numbered list that the account service signed, in a file of `DATA`. Promise: only a signed list with a higher number replaces the
 * one before. Flow: revocations, young-accounts → here → subject-keys.
 */
import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { LodestoneError } from '@lodestone/protocol/error';
import { importSubjectPublicKey } from '@lodestone/seal';
import { isBusy, lockExclusively } from '../db/lock.ts';
import { causeCode } from '../log-safe-error.ts';
import { isMissing, readSubjectKeys } from './subject-keys.ts';

export interface SignedList<T extends { number: number }> {
  fileName: string;
  parse(bytes: Uint8Array): T;
  /** Parses and verifies. @throws {LodestoneError} if none of the keys signed the list */
  open(keys: readonly CryptoKey[], bytes: Uint8Array): Promise<T>;
  /** What the file is not, and what to do. */
  unreadable: string;
}

/** @throws {LodestoneError} `ERR_RECEIVER` if no live subject key signed the list */
export async function verifyList<T extends { number: number }>(
  dataDir: string,
  { open }: SignedList<T>,
  bytes: Uint8Array,
): Promise<T> {
  try {
    return await open(await Promise.all((await readSubjectKeys(dataDir)).map(importSubjectPublicKey)), bytes);
  } catch (cause) {
    if (!(cause instanceof LodestoneError)) throw cause;
    throw new LodestoneError('ERR_RECEIVER', `the list is not accepted: ${cause.message}`, { cause });
  }
}

/** @throws {LodestoneError} `ERR_RECEIVER` if no live subject key signed the list, a newer one was accepted, or another command accepts one now */
export async function acceptList<T extends { number: number }>(
  dataDir: string,
  kind: SignedList<T>,
  bytes: Uint8Array,
): Promise<T> {
  const list = await verifyList(dataDir, kind, bytes);
  const lock = lockList(path.join(dataDir, kind.fileName));
  try {
    await replace(dataDir, kind, list, bytes);
  } finally {
    lock.close();
  }
  return list;
}

/** Two commands at once would both pass the check of the number, and the older list could stay. */
function lockList(file: string): { close(): void } {
  try {
    return lockExclusively(`${file}.lock`);
  } catch (cause) {
    const why = isBusy(cause) ? 'another command accepts a list now' : `cannot lock ${file}.lock (${causeCode(cause)})`;
    throw new LodestoneError('ERR_RECEIVER', `the list is not accepted: ${why}; run the command again`, { cause });
  }
}

async function replace<T extends { number: number }>(
  dataDir: string,
  kind: SignedList<T>,
  list: T,
  bytes: Uint8Array,
): Promise<void> {
  const stored = await readList(dataDir, kind);
  if (stored && list.number <= stored.number)
    throw new LodestoneError(
      'ERR_RECEIVER',
      `the list has number ${list.number}, and list ${stored.number} was accepted before; sign it with a higher number`,
    );
  const file = path.join(dataDir, kind.fileName);
  await writeFile(`${file}.new`, bytes, { mode: 0o600 });
  await rename(`${file}.new`, file); // a running receiver reads the old list or the new one
}

/** Undefined before the first list. Only `acceptList` writes the file, so the signature was verified. */
export async function readList<T extends { number: number }>(
  dataDir: string,
  { fileName, parse, unreadable }: SignedList<T>,
): Promise<T | undefined> {
  const file = path.join(dataDir, fileName);
  try {
    return parse(await readFile(file));
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw new LodestoneError('ERR_RECEIVER', `${file} cannot be read as ${unreadable}`, { cause });
  }
}
