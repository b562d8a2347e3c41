/**
 * Writes `DATA/keys.json`: the public keys, as the provider signs and publishes them. Each new key rewrites it.
 * Flow: init and rotate → here → the provider's repository. Spec: docs/design/receiver.md#keys,
 * docs/design/contracts.md#receiver-keys.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { LodestoneError } from '@lodestone/protocol/error';
import { printKeys } from '@lodestone/protocol/keys';
import { DAY_MS, fromInstant, toInstant } from '@lodestone/protocol/time';
import { generateReceiverKey, type ReceiverPrivateKey } from '@lodestone/seal';
import { type KeyFolder, readKeys, writeKey } from './files.ts';

export interface NewKey {
  /** Holds `keys.json`. */
  dataDir: string;
  keys: KeyFolder;
  now: number;
  /** Days for which devices encrypt with the key. */
  days: number;
}

/** Creates a key pair that is valid from now on, and writes the document with all keys that have not expired. */
export async function addKey({ dataDir, keys, now, days }: NewKey): Promise<Uint8Array> {
  const stored = await readKeys(keys);
  const id = nextId(stored);
  const { privateKey } = await generateReceiverKey(id, toInstant(now), toInstant(now + days * DAY_MS));
  await writeKey(keys, privateKey);
  const document = printPublic([...stored, privateKey], now);
  await writeFile(path.join(dataDir, 'keys.json'), document);
  return document;
}

/** The next id after the highest, so that an id is reused as late as possible. An id with a private key is never reused. */
function nextId(stored: readonly ReceiverPrivateKey[]): number {
  const taken = new Set(stored.map(({ id }) => id));
  const highest = Math.max(0, ...taken);
  const free = Array.from({ length: 255 }, (_, i) => ((highest + i) % 255) + 1).find((id) => !taken.has(id));
  if (free === undefined)
    throw new LodestoneError('ERR_RECEIVER', 'all 255 key ids are in use; wait until retention destroys an old key');
  return free;
}

function printPublic(keys: readonly ReceiverPrivateKey[], now: number): Uint8Array {
  const unexpired = keys.filter(({ notAfter }) => now < fromInstant(notAfter));
  return printKeys({
    schema: 'lodestone/keys/v1',
    keys: unexpired.map(({ id, publicKey, notBefore, notAfter }) => ({ id, publicKey, notBefore, notAfter })),
  });
}
