/** The suite with a fixed ephemeral key pair instead of a random one. For known-answer tests only. */
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
