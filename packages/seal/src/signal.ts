/**
 * Encrypts and decrypts the 256 bytes of a signal. Flow: outbox → sealSignal → egress → receiver → openSignal.
 * Promise: only this file creates a `SealedSignal`, and a cover has the same form as a signal.
 * Spec: docs/design/contracts.md#signal, RFC 9180
 */
import { concatBytes, fromHex, utf8 } from '@lodestone/protocol/bytes';
import { LodestoneError } from '@lodestone/protocol/error';
import type { ReceiverKey } from '@lodestone/protocol/keys';
import { LIMITS } from '@lodestone/protocol/limits';
import {
  checkSignalBody,
  parseSignal,
  printSignal,
  printSignalHeader,
  type Signal,
  SIGNAL_INFO,
} from '@lodestone/protocol/signal';
import type { PrivateKeys } from './keys.ts';
import { SIGNAL_SUITE, type SignalKeyPair, type SignalSuite, step } from './suite.ts';

declare const brand: unique symbol;

/** A request body of 256 bytes: header 16 ‖ enc 32 ‖ ciphertext 208. The brand is not exported, so no other code creates one. */
export type SealedSignal = Uint8Array<ArrayBuffer> & { readonly [brand]: true };

const HEADER_END = LIMITS.signalHeaderBytes;
const ENC_END = HEADER_END + 32;

/**
 * @throws {LodestoneError} `ERR_SIGNAL_FORMAT` for an invalid signal, `ERR_KEYS` for an invalid key,
 * `ERR_UNSUPPORTED` if WebCrypto lacks X25519
 */
export async function sealSignal(
  signal: Signal,
  key: ReceiverKey,
  suite: SignalSuite = SIGNAL_SUITE,
): Promise<SealedSignal> {
  const plaintext = printSignal(signal);
  const header = printSignalHeader();
  const { encapsulatedSecret, ciphertext } = await step(
    'ERR_KEYS',
    `cannot encrypt to receiver key ${key.id}`,
    async () =>
      suite.Seal(await suite.DeserializePublicKey(fromHex(key.publicKey)), plaintext, {
        info: utf8(SIGNAL_INFO),
        aad: header,
      }),
  );
  return restoreSealed(concatBytes(header, encapsulatedSecret, ciphertext));
}

/**
 * Copies a body that the outbox stored. Without the receiver's key only the header and the length can be checked.
 * @throws {LodestoneError} `ERR_SIGNAL_FORMAT`
 */
export function restoreSealed(bytes: Uint8Array): SealedSignal {
  checkSignalBody(bytes);
  return new Uint8Array(bytes) as SealedSignal;
}

/**
 * Tries the keys in order, because a body does not name its key. A body that opens but is not a signal is refused, and no
 * further key is tried.
 * @throws {LodestoneError} `ERR_SIGNAL_FORMAT` for a length, header or plaintext that `sealSignal` does not write,
 * `ERR_SIGNAL_OPEN` if no key decrypts the body
 */
export async function openSignal(
  body: Uint8Array,
  keys: PrivateKeys,
  suite: SignalSuite = SIGNAL_SUITE,
): Promise<{ signal: Signal; keyId: number }> {
  checkSignalBody(body);
  for (const { id, pair } of keys) {
    const plaintext = await decrypt(body, pair, suite);
    if (plaintext) return { signal: parseSignal(plaintext), keyId: id };
  }
  throw new LodestoneError('ERR_SIGNAL_OPEN', `none of the ${keys.length} private keys decrypts the signal`);
}

/** Undefined if this key does not decrypt the body. */
async function decrypt(body: Uint8Array, pair: SignalKeyPair, suite: SignalSuite): Promise<Uint8Array | undefined> {
  try {
    return await step('ERR_SIGNAL_OPEN', 'cannot be decrypted', () =>
      suite.Open(pair, body.subarray(HEADER_END, ENC_END), body.subarray(ENC_END), {
        info: utf8(SIGNAL_INFO),
        aad: body.subarray(0, HEADER_END),
      }),
    );
  } catch (error) {
    if (error instanceof LodestoneError && error.code === 'ERR_SIGNAL_OPEN') return undefined;
    throw error;
  }
}
