/** The suite with a given ephemeral key pair in place of a random one: known-answer tests need it, nothing else may. */
import { fromHex } from '@lodestone/protocol/bytes';
import { KEM_DHKEM_X25519_HKDF_SHA256 } from 'hpke';
import { SIGNAL_SUITE, signalSuite, type SignalSuite } from '@lodestone/seal';

export async function withEphemeral(ephemeral: { privateKey: string; publicKey: string }): Promise<SignalSuite> {
  const pair = {
    privateKey: await SIGNAL_SUITE.DeserializePrivateKey(fromHex(ephemeral.privateKey)),
    publicKey: await SIGNAL_SUITE.DeserializePublicKey(fromHex(ephemeral.publicKey)),
  };
  return signalSuite(() => ({ ...KEM_DHKEM_X25519_HKDF_SHA256(), GenerateKeyPair: () => Promise.resolve(pair) }));
}
