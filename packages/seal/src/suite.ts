/**
 * The one HPKE suite that signals use, and the only file that knows the library's names.
 * Spec: RFC 9180 base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM; DESIGN §4.
 */
import { AEAD_AES_128_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_DHKEM_X25519_HKDF_SHA256, NotSupportedError } from 'hpke';
import type { CryptoKey, KEM, KEMFactory, KeyPair } from 'hpke';
import { type ErrorCode, LodestoneError } from '@lodestone/protocol/error';

export type SignalSuite = CipherSuite<CryptoKey>;
export type SignalKeyPair = KeyPair<CryptoKey>;

/** @param kem another implementation of the same KEM: one with a fixed ephemeral key for known answers, or a native one */
export function signalSuite(kem: KEMFactory<CryptoKey> = KEM_DHKEM_X25519_HKDF_SHA256): SignalSuite {
  return new CipherSuite(() => drawingAgain(kem()), KDF_HKDF_SHA256, AEAD_AES_128_GCM);
}

const DRAWS = 8;

/**
 * WebKitGTK 2.50 fails to generate about one X25519 key pair in 200 (measured: 15 of 3,000, an OperationError), and would
 * take a signal with it. Nothing of a failed draw is used, so another draw is as good as the first.
 */
function drawingAgain(kem: Readonly<KEM<CryptoKey>>): Readonly<KEM<CryptoKey>> {
  const draw = async (extractable: boolean, drawsLeft: number): Promise<SignalKeyPair> => {
    try {
      return await kem.GenerateKeyPair(extractable);
    } catch (error) {
      if (drawsLeft === 0 || error instanceof NotSupportedError) throw error;
      return draw(extractable, drawsLeft - 1);
    }
  };
  return { ...kem, GenerateKeyPair: (extractable) => draw(extractable, DRAWS - 1) };
}

/** The suite over WebCrypto, whose randomness is the platform's. */
export const SIGNAL_SUITE: SignalSuite = /* @__PURE__ */ signalSuite();

/** Runs a step of the library, and gives its failure our code. A platform without X25519 is not the input's fault. */
export async function step<T>(code: ErrorCode, message: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    if (cause instanceof NotSupportedError) {
      throw new LodestoneError('ERR_UNSUPPORTED', 'this platform has no X25519, HKDF or AES-GCM in WebCrypto', {
        cause,
      });
    }
    throw new LodestoneError(code, message, { cause });
  }
}
