/**
 * Files in storage: their parts as they arrive, and the record that a file is complete and checked.
 * Flow: receive-file → here → updater, sandbox. Promise: every step holds one part at a time, and only a checked file is read.
 * Spec: docs/design/signed-inputs.md#transfers
 */
import type { Digest } from '@lodestone/protocol';
import type { Storage, Transaction } from '../storage/transaction.ts';
import { ofPartKey, partCount, partKey } from './parts.ts';

/** Indices of the parts that are stored. */
export function storedParts(storage: Storage, digest: Digest): Promise<Set<number>> {
  return storage.transact(['file-parts'], async (tx) => {
    const parts = (await tx.keys('file-parts')).map(ofPartKey).filter((part) => part.digest === digest);
    return new Set(parts.map(({ index }) => index));
  });
}

export function storePart(
  storage: Storage,
  digest: Digest,
  index: number,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  // Storage would keep the whole buffer of a view.
  const buffer = bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : bytes.slice().buffer;
  return storage.transact(['file-parts'], (tx) => tx.put('file-parts', partKey(digest, index), buffer));
}

export function readPart(storage: Storage, digest: Digest, index: number): Promise<ArrayBuffer | undefined> {
  return storage.transact(['file-parts'], (tx) => tx.get('file-parts', partKey(digest, index)));
}

export function recordComplete(storage: Storage, digest: Digest, bytes: number): Promise<void> {
  return storage.transact(['files'], (tx) => tx.put('files', digest, { bytes }));
}

/** The length of a file that is complete and was checked, or undefined. */
export async function completeBytes(storage: Storage, digest: Digest): Promise<number | undefined> {
  return (await storage.transact(['files'], (tx) => tx.get('files', digest)))?.bytes;
}

export function deleteFile(storage: Storage, digest: Digest): Promise<void> {
  return storage.transact(['files', 'file-parts'], (tx) => deleteFiles(tx, (one) => one === digest));
}

/** Deletes files, complete or not, by their digest. */
export async function deleteFiles(
  tx: Transaction<'files' | 'file-parts'>,
  isUnused: (digest: string) => boolean,
): Promise<void> {
  for (const key of await tx.keys('files')) if (isUnused(String(key))) await tx.delete('files', key);
  for (const key of await tx.keys('file-parts'))
    if (isUnused(ofPartKey(key).digest)) await tx.delete('file-parts', key);
}

/** The whole file, if it is complete. Reads one part in each task. */
export async function readFile(storage: Storage, digest: Digest): Promise<ArrayBuffer | undefined> {
  const bytes = await completeBytes(storage, digest);
  if (bytes === undefined) return undefined;
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (let index = 0; index < partCount(bytes); index++) {
    const part = await readPart(storage, digest, index);
    if (!part) return undefined; // deleted meanwhile
    whole.set(new Uint8Array(part), at);
    at += part.byteLength;
  }
  return whole.buffer;
}
