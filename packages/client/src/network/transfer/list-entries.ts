/**
 * The entry numbers of a list on the device, for the judgment of verdicts. Read from the parts that hold them, one in each
 * task, so that they need no second copy in storage. Flow: stored-file → here → plausibility.
 * Spec: docs/design/message-gate.md#plausibility
 */
import { type Digest, LIMITS, LODE_HEADER_BYTES, readListHeader } from '@lodestone/protocol';
import type { Storage } from '../storage/transaction.ts';
import { completeBytes, readPart } from './stored-file.ts';

/** In the order of the list's rows. */
export interface ListEntries {
  /** Entries with a SHA-256 row. */
  exact: Uint32Array;
  /** Entries with a PDQ or vPDQ row. */
  near: Uint32Array;
}

/** Undefined if the file is not complete. */
export async function readEntries(storage: Storage, digest: Digest): Promise<ListEntries | undefined> {
  const fileBytes = await completeBytes(storage, digest);
  const first = fileBytes === undefined ? undefined : await readPart(storage, digest, 0);
  if (!first) return undefined;
  const { pdq, sha256, vpdq } = readListHeader(new DataView(first), fileBytes);
  const pdqEntries = LODE_HEADER_BYTES + pdq * 32;
  const sha256Entries = pdqEntries + pdq * 4 + sha256 * 32;
  const vpdqEntries = sha256Entries + sha256 * 4;
  // The file is little-endian, as every platform that browsers run on.
  const exact = new Uint32Array(sha256);
  const near = new Uint32Array(pdq + vpdq);
  const copy = (from: number, target: Uint8Array): Promise<boolean> => copyBytes(storage, digest, from, target);
  const isWhole =
    (await copy(sha256Entries, new Uint8Array(exact.buffer))) &&
    (await copy(pdqEntries, new Uint8Array(near.buffer, 0, pdq * 4))) &&
    (await copy(vpdqEntries, new Uint8Array(near.buffer, pdq * 4)));
  return isWhole ? { exact, near } : undefined;
}

/** Returns false if a part was deleted meanwhile. */
async function copyBytes(storage: Storage, digest: Digest, from: number, target: Uint8Array): Promise<boolean> {
  for (let at = 0; at < target.length;) {
    const index = Math.floor((from + at) / LIMITS.partBytes);
    const part = await readPart(storage, digest, index);
    if (!part) return false;
    const start = from + at - index * LIMITS.partBytes;
    const bytes = new Uint8Array(part).subarray(start, start + target.length - at);
    target.set(bytes, at);
    at += bytes.length;
  }
  return true;
}
