/**
 * The HPKE suite of signals. Only this file imports the HPKE library.
 * Spec: docs/design/contracts.md#signal; RFC 9180 base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM
 */
import { AEAD_AES_128_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_DHKEM_X25519_HKDF_SHA256, NotSupportedError } from 'hpke';
import type { CryptoKey, KEM, KEMFactory, KeyPair } from 'hpke';
import { type ErrorCode, LodestoneError } from '@lodestone/protocol/error';

export type SignalSuite = CipherSuite<CryptoKey>;
export type SignalKeyPair = KeyPair<CryptoKey>;

/** @param kem another implementation of the same KEM, for example with a fixed ephemeral key for known-answer tests */
export function signalSuite(kem: KEMFactory<CryptoKey> = KEM_DHKEM_X25519_HKDF_SHA256): SignalSuite {
  return new CipherSuite(() => retryingKeyGeneration(kem()), KDF_HKDF_SHA256, AEAD_AES_128_GCM);
}

const ATTEMPTS = 8;

/**
 * WebKitGTK 2.50 fails to generate about one X25519 key pair in 200 (measured: 15 of 3,000, an OperationError). Each failure
 * would lose a signal. A failed attempt leaves nothing behind, so a retry is as secure as the first attempt.
 */
function retryingKeyGeneration(kem: Readonly<KEM<CryptoKey>>): Readonly<KEM<CryptoKey>> {
  const generate = async (extractable: boolean, attemptsLeft: number): Promise<SignalKeyPair> => {
    try {
      return await kem.GenerateKeyPair(extractable);
    } catch (error) {
      if (attemptsLeft === 0 || error instanceof NotSupportedError) throw error;
      return generate(extractable, attemptsLeft - 1);
    }
  };
  return { ...kem, GenerateKeyPair: (extractable) => generate(extractable, ATTEMPTS - 1) };
}

/** The suite on WebCrypto, with the platform's random numbers. */
export const SIGNAL_SUITE: SignalSuite = /* @__PURE__ */ signalSuite();

/** Runs a call of the library and converts its error to `code`, or to `ERR_UNSUPPORTED` on a platform without X25519. */
export async function step<T>(code: ErrorCode, message: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    if (cause instanceof NotSupportedError) {
      throw new LodestoneError(
        'ERR_UNSUPPORTED',
        'WebCrypto of this platform lacks X25519, HKDF or AES-GCM: use a current browser or Node 24 and later',
        {
          cause,
        },
      );
    }
    throw new LodestoneError(code, message, { cause });
  }
}
