/**
 * `DATA/keys.json`: the public halves, as the provider signs and publishes them. Made anew with each key, so that a
 * device always finds one that is valid. Flow: init, rotate → here → the provider's repository. Spec: DESIGN §4.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { LodestoneError } from '@lodestone/protocol/error';
import { printKeys } from '@lodestone/protocol/keys';
import { DAY_MS, fromInstant, toInstant } from '@lodestone/protocol/time';
import { generateReceiverKey, type ReceiverPrivateKey } from '@lodestone/seal';
import { readKeys, writeKey } from './files.ts';

/** Makes a key pair that seals from now on, and writes the document with every key that still does. */
export async function addKey(dataDir: string, { now, days }: { now: number; days: number }): Promise<Uint8Array> {
  const kept = await readKeys(dataDir);
  const id = freeId(kept);
  const { privateKey } = await generateReceiverKey(id, toInstant(now), toInstant(now + days * DAY_MS));
  await writeKey(dataDir, privateKey);
  const document = printPublic([...kept, privateKey], now);
  await writeFile(path.join(dataDir, 'keys.json'), document);
  return document;
}

/** The one after the highest, so that an id comes back as late as can be; never one whose key is still kept. */
function freeId(kept: readonly ReceiverPrivateKey[]): number {
  const taken = new Set(kept.map(({ id }) => id));
  const highest = Math.max(0, ...taken);
  const free = Array.from({ length: 255 }, (_, i) => ((highest + i) % 255) + 1).find((id) => !taken.has(id));
  if (free === undefined) throw new LodestoneError('ERR_RECEIVER', 'all 255 key ids are in use');
  return free;
}

function printPublic(keys: readonly ReceiverPrivateKey[], now: number): Uint8Array {
  const valid = keys.filter(({ notAfter }) => now < fromInstant(notAfter));
  return printKeys({
    schema: 'lodestone/keys/v1',
    keys: valid.map(({ id, publicKey, notBefore, notAfter }) => ({ id, publicKey, notBefore, notAfter })),
  });
}
