/**
 * The receiver's HPKE key pairs. A pair is generated once, kept as text in a file that only the receiver reads, and imported
 * to decrypt signals. The provider signs the public key as a target.
 * Spec: docs/design/contracts.md#receiver-keys, RFC 9180 §7.1
 */
import { fromHex, toHex } from '@lodestone/protocol/bytes';
import { check } from '@lodestone/protocol/document';
import { LodestoneError } from '@lodestone/protocol/error';
import { type ReceiverKey, ReceiverKeys } from '@lodestone/protocol/keys';
import type { Instant } from '@lodestone/protocol/time';
import { SIGNAL_SUITE, type SignalKeyPair, type SignalSuite, step } from './suite.ts';

/** A key pair as JSON. `privateKey` is a secret of 32 bytes in hex. */
export interface ReceiverPrivateKey extends ReceiverKey {
  privateKey: string;
}

/** Imported key pairs by key id. The private keys cannot be exported again. */
export type PrivateKeys = ReadonlyMap<number, SignalKeyPair>;

/** @throws {LodestoneError} `ERR_SCHEMA` for an id outside 1 to 255 or an invalid time */
export async function generateReceiverKey(
  id: number,
  notBefore: Instant,
  notAfter: Instant,
  suite: SignalSuite = SIGNAL_SUITE,
): Promise<{ publicKey: ReceiverKey; privateKey: ReceiverPrivateKey }> {
  const pair = await step('ERR_KEYS', 'cannot generate a key pair', () => suite.GenerateKeyPair(true));
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

/** @throws {LodestoneError} `ERR_KEYS` for a duplicate id, or a private key that does not match its public key */
export async function importPrivateKeys(
  keys: Iterable<ReceiverPrivateKey>,
  suite: SignalSuite = SIGNAL_SUITE,
): Promise<PrivateKeys> {
  const imported = new Map<number, SignalKeyPair>();
  for (const key of keys) {
    if (imported.has(key.id))
      throw new LodestoneError('ERR_KEYS', `two private keys have the id ${key.id}: give each its own`);
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
  // WebCrypto does not compare the two keys. With a mismatched pair, the receiver would silently drop every signal.
  const { encapsulatedSecret, ciphertext } = await suite.Seal(pair.publicKey, new Uint8Array());
  await suite.Open(pair, encapsulatedSecret, ciphertext);
  return pair;
}
