/**
 * The receiver's HPKE key pairs. A pair is generated once, kept as text in a file that only the receiver reads, and imported
 * to decrypt signals. The provider signs the public key as a target.
 * Spec: docs/design/contracts.md#receiver-keys, RFC 9180 §7.1
 */
import { fromHex, toHex } from '@lodestone/protocol/bytes';
import { check } from '@lodestone/protocol/document';
import { LodestoneError } from '@lodestone/protocol/error';
import { type ReceiverKey, ReceiverKeys } from '@lodestone/protocol/keys';
import { LIMITS } from '@lodestone/protocol/limits';
import { fromInstant, type Instant } from '@lodestone/protocol/time';
import { SIGNAL_SUITE, type SignalKeyPair, type SignalSuite, step } from './suite.ts';

/** A key pair as JSON. `privateKey` is a secret of 32 bytes in hex. */
export interface ReceiverPrivateKey extends ReceiverKey {
  privateKey: string;
}

/** An imported key pair. The private key cannot be exported again. */
export interface PrivateKey {
  readonly id: number;
  readonly pair: SignalKeyPair;
}

/** At most four, newest first: the order in which `openSignal` tries them. */
export type PrivateKeys = readonly PrivateKey[];

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

/** @throws {LodestoneError} `ERR_KEYS` for more than four keys, a duplicate id, or a private key that does not match its public key */
export async function importPrivateKeys(
  keys: Iterable<ReceiverPrivateKey>,
  suite: SignalSuite = SIGNAL_SUITE,
): Promise<PrivateKeys> {
  const newestFirst = [...keys].sort((a, b) => fromInstant(b.notBefore) - fromInstant(a.notBefore) || b.id - a.id);
  if (newestFirst.length > LIMITS.privateKeys)
    throw new LodestoneError('ERR_KEYS', `${newestFirst.length} private keys; at most ${LIMITS.privateKeys} may exist`);
  const imported: PrivateKey[] = [];
  for (const key of newestFirst) {
    if (imported.some(({ id }) => id === key.id))
      throw new LodestoneError('ERR_KEYS', `two private keys have the id ${key.id}: give each its own`);
    const pair = await step('ERR_KEYS', `private key ${key.id} cannot be imported`, () => importPair(key, suite));
    imported.push({ id: key.id, pair });
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
