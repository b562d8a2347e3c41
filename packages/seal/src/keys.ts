/**
 * The receiver's HPKE key pairs: made once, kept as text in a file that only the receiver reads, imported to open with.
 * The public half goes into the provider's signed `keys.json` (`@lodestone/protocol/keys`). Spec: RFC 9180 §7.1.
 */
import { fromHex, toHex } from '@lodestone/protocol/bytes';
import { check } from '@lodestone/protocol/document';
import { LodestoneError } from '@lodestone/protocol/error';
import { type ReceiverKey, ReceiverKeys } from '@lodestone/protocol/keys';
import type { Instant } from '@lodestone/protocol/time';
import { SIGNAL_SUITE, type SignalKeyPair, type SignalSuite, step } from './suite.ts';

/** A key pair as plain JSON. `privateKey` is 32 bytes in hex and a secret. */
export interface ReceiverPrivateKey extends ReceiverKey {
  privateKey: string;
}

/** Imported key pairs by key id; the private halves cannot be exported again. */
export type PrivateKeys = ReadonlyMap<number, SignalKeyPair>;

/** @throws {LodestoneError} `ERR_SCHEMA` for an id outside 1 to 255 or a time that is none */
export async function generateReceiverKey(
  id: number,
  notBefore: Instant,
  notAfter: Instant,
  suite: SignalSuite = SIGNAL_SUITE,
): Promise<{ publicKey: ReceiverKey; privateKey: ReceiverPrivateKey }> {
  const pair = await step('ERR_KEYS', 'cannot make a key pair', () => suite.GenerateKeyPair(true));
  const publicKey: ReceiverKey = {
    id,
    publicKey: toHex(await suite.SerializePublicKey(pair.publicKey)),
    notBefore,
    notAfter,
  };
  check(ReceiverKeys, { schema: 'lodestone/keys/v1', keys: [publicKey] }, 'receiver key');
  const privateKey = toHex(await suite.SerializePrivateKey(pair.privateKey));
  return { publicKey, privateKey: { ...publicKey, privateKey } };
}

/** @throws {LodestoneError} `ERR_KEYS` for an id that stands twice, or a private key that does not fit its public key */
export async function importPrivateKeys(
  keys: Iterable<ReceiverPrivateKey>,
  suite: SignalSuite = SIGNAL_SUITE,
): Promise<PrivateKeys> {
  const imported = new Map<number, SignalKeyPair>();
  for (const key of keys) {
    if (imported.has(key.id)) throw new LodestoneError('ERR_KEYS', `private key ${key.id} stands twice`);
    imported.set(
      key.id,
      await step('ERR_KEYS', `private key ${key.id} cannot be imported`, () => importPair(key, suite)),
    );
  }
  return imported;
}

async function importPair(key: ReceiverPrivateKey, suite: SignalSuite): Promise<SignalKeyPair> {
  const pair = {
    privateKey: await suite.DeserializePrivateKey(fromHex(key.privateKey)),
    publicKey: await suite.DeserializePublicKey(fromHex(key.publicKey)),
  };
  // WebCrypto does not compare the halves; a pair that does not fit would drop every signal, silently.
  const { encapsulatedSecret, ciphertext } = await suite.Seal(pair.publicKey, new Uint8Array());
  await suite.Open(pair, encapsulatedSecret, ciphertext);
  return pair;
}
