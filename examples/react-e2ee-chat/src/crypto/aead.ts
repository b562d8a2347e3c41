/** AES-256-GCM by WebCrypto: a random nonce, then the ciphertext. Spec: NIST SP 800-38D. */
import { type Bytes, concat, randomBytes } from './bytes.ts';

const NONCE_BYTES = 12; // NIST SP 800-38D §8.2
export const KEY_BYTES = 32;

export function keyOf(bytes: Bytes): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']);
}

/** @param context is authenticated, not encrypted */
export async function seal(key: CryptoKey, plaintext: Bytes, context: Bytes): Promise<Bytes> {
  const iv = randomBytes(NONCE_BYTES);
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: context }, key, plaintext);
  return concat(iv, new Uint8Array(sealed));
}

/** @throws if the bytes were not sealed with this key and context */
export async function open(key: CryptoKey, sealed: Bytes, context: Bytes): Promise<Bytes> {
  const iv = sealed.subarray(0, NONCE_BYTES);
  const body = sealed.subarray(NONCE_BYTES);
  return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData: context }, key, body));
}
