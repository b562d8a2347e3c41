/**
 * Writes `DATA/keys.json`: the public keys, as the provider signs and publishes them. Each new key rewrites it.
 * Flow: init and rotate → here → the provider's repository. Spec: docs/design/receiver.md#keys,
 * docs/design/contracts.md#receiver-keys.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { LodestoneError } from '@lodestone/protocol/error';
import { LIMITS } from '@lodestone/protocol/limits';
import { printKeys } from '@lodestone/protocol/keys';
import { DAY_MS, fromInstant, toInstant } from '@lodestone/protocol/time';
import { generateReceiverKey, type ReceiverPrivateKey } from '@lodestone/seal';
import { destroyedAt, type KeyFolder, readKeys, writeKey } from './files.ts';

export interface NewKey {
  /** Holds `keys.json`. */
  dataDir: string;
  keys: KeyFolder;
  now: number;
  /** Days for which devices encrypt with the key. */
  days: number;
}

/**
 * Creates a key pair that is valid from now on, and writes the document with all keys that have not expired. It deletes no old
 * one: this needs the database, which knows whether the clock is believed.
 * @throws {LodestoneError} `ERR_RECEIVER` if four private keys exist that must still be kept
 */
export async function addKey({ dataDir, keys, now, days }: NewKey): Promise<Uint8Array> {
  const stored = await readKeys(keys);
  refuseFifth(stored, now);
  const id = nextId(stored);
  const { privateKey } = await generateReceiverKey(id, toInstant(now), toInstant(now + days * DAY_MS));
  await writeKey(keys, privateKey);
  const document = printPublic([...stored, privateKey], now);
  await writeFile(path.join(dataDir, 'keys.json'), document);
  return document;
}

/** The receiver tries each private key on every body that it does not know, so their number bounds its work. */
function refuseFifth(stored: readonly ReceiverPrivateKey[], now: number): void {
  if (stored.length < LIMITS.privateKeys) return;
  const freeAt = Math.min(...stored.map(({ notAfter }) => destroyedAt(notAfter)));
  if (freeAt < now)
    throw new LodestoneError(
      'ERR_RECEIVER',
      `${stored.length} private keys exist, and at most ${LIMITS.privateKeys} are allowed. The oldest may go: run purge, or serve, which deletes it, then rotate again`,
    );
  const free = toInstant(freeAt).slice(0, 10);
  throw new LodestoneError(
    'ERR_RECEIVER',
    `${stored.length} private keys exist, and at most ${LIMITS.privateKeys} are allowed. The oldest must be kept until ` +
      `${free}, because signals to it still count; rotate after that day. To rotate more often, use shorter keys (--key-days)`,
  );
}

/** The next id after the highest, so that an id is reused as late as possible. An id with a private key is never reused. */
function nextId(stored: readonly ReceiverPrivateKey[]): number {
  const taken = stored.map(({ id }) => id);
  const highest = Math.max(0, ...taken);
  const inOrder = Array.from({ length: 255 }, (_, i) => ((highest + i) % 255) + 1);
  return inOrder.find((id) => !taken.includes(id)) ?? 1; // at most four ids are taken
}

function printPublic(keys: readonly ReceiverPrivateKey[], now: number): Uint8Array {
  const unexpired = keys.filter(({ notAfter }) => now < fromInstant(notAfter));
  return printKeys({
    schema: 'lodestone/keys/v1',
    keys: unexpired.map(({ id, publicKey, notBefore, notAfter }) => ({ id, publicKey, notBefore, notAfter })),
  });
}
