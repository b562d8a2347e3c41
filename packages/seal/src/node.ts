/**
 * Decrypts signals on `node:crypto`, synchronously: an eighth of the processor time of WebCrypto, which for bodies of 256 bytes
 * is mostly hand-over between threads. Flow: receiver/ingest → here. Promise: opens what `openSignal` opens, and refuses what it
 * refuses, with the same codes; a test compares them. Spec: docs/design/contracts.md#signal, RFC 9180 §4.1, §5.1 and §5.2
 * @module @lodestone/seal/node
 */
import {
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  type KeyObject,
} from 'node:crypto';
import { concatBytes, fromHex, utf8 } from '@lodestone/protocol/bytes';
import { LodestoneError } from '@lodestone/protocol/error';
import { LIMITS } from '@lodestone/protocol/limits';
import { checkSignalBody, parseSignal, type Signal, SIGNAL_INFO } from '@lodestone/protocol/signal';
import { importPrivateKeys, type ReceiverPrivateKey } from './keys.ts';

export { digestOfEndpointSync, importNodeSubjectKey, verifySubjectIdSync } from './node-subject-ids.ts';

/** An imported key pair for `node:crypto`. */
export interface NodePrivateKey {
  readonly id: number;
  readonly privateKey: KeyObject;
  /** 32 bytes; part of what the shared secret is derived from. */
  readonly publicKey: Uint8Array;
}

/** At most four, newest first: the order in which `openSignalSync` tries them. */
export type NodePrivateKeys = readonly NodePrivateKey[];

/** @throws {LodestoneError} `ERR_KEYS`, as `importPrivateKeys` */
export async function importNodeKeys(keys: Iterable<ReceiverPrivateKey>): Promise<NodePrivateKeys> {
  const all = [...keys];
  const order = (await importPrivateKeys(all)).map(({ id }) => id);
  return order.flatMap((id) =>
    all
      .filter((key) => key.id === id)
      .map((key) => ({
        id,
        privateKey: createPrivateKey({
          key: Buffer.concat([PKCS8_PREFIX, fromHex(key.privateKey)]),
          format: 'der',
          type: 'pkcs8',
        }),
        publicKey: fromHex(key.publicKey),
      })),
  );
}

/** @throws {LodestoneError} `ERR_SIGNAL_FORMAT`, `ERR_SIGNAL_OPEN`, as `openSignal` */
export function openSignalSync(body: Uint8Array, keys: NodePrivateKeys): { signal: Signal; keyId: number } {
  checkSignalBody(body);
  for (const key of keys) {
    const plaintext = decrypt(body, key);
    if (plaintext) return { signal: parseSignal(plaintext), keyId: key.id };
  }
  throw new LodestoneError('ERR_SIGNAL_OPEN', `none of the ${keys.length} private keys decrypts the signal`);
}

const HEADER_END = LIMITS.signalHeaderBytes;
const ENC_END = HEADER_END + 32;
const TAG_START = LIMITS.signalBytes - 16;

/** Undefined if this key does not decrypt the body. */
function decrypt(body: Uint8Array, { privateKey, publicKey }: NodePrivateKey): Uint8Array<ArrayBuffer> | undefined {
  const enc = body.subarray(HEADER_END, ENC_END);
  try {
    const dh = diffieHellman({ privateKey, publicKey: toPublicKey(enc) });
    const { key, nonce } = schedule(decapsulate(dh, enc, publicKey));
    const decipher = createDecipheriv('aes-128-gcm', key, nonce, { authTagLength: 16 })
      .setAAD(body.subarray(0, HEADER_END))
      .setAuthTag(body.subarray(TAG_START));
    return concatBytes(decipher.update(body.subarray(ENC_END, TAG_START)), decipher.final());
  } catch {
    return undefined; // a point of low order, or another tag
  }
}

/** PKCS#8 before the 32 bytes of an X25519 key (RFC 8410 §7). */
const PKCS8_PREFIX = fromHex('302e020100300506032b656e04220420');

/** As a JWK (RFC 8037 §2): OpenSSL's decoder of DER takes three times as long, and raw keys need a newer Node. */
function toPublicKey(raw: Uint8Array): KeyObject {
  const x = Buffer.from(raw.buffer, raw.byteOffset, raw.length).toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' });
}

const KEM_ID = concatBytes(utf8('KEM'), Uint8Array.of(0, 0x20));
const SUITE_ID = concatBytes(utf8('HPKE'), Uint8Array.of(0, 0x20, 0, 1, 0, 1));
const VERSION = utf8('HPKE-v1');
const NO_SALT = new Uint8Array(32);
const BASE_MODE = Uint8Array.of(0);
/** The counter of the one round of HKDF-Expand that 32 bytes need. */
const ROUND = Uint8Array.of(1);

/** §4, LabeledExtract: what stands before the key material. */
function extractLabel(suite: Uint8Array, label: string): Uint8Array {
  return concatBytes(VERSION, suite, utf8(label));
}

/** §4, LabeledExpand, for at most 32 bytes: what stands before the info. */
function expandLabel(suite: Uint8Array, label: string, bytes: number): Uint8Array {
  return concatBytes(Uint8Array.of(0, bytes), VERSION, suite, utf8(label));
}

function hmac(key: Uint8Array, message: Uint8Array): Buffer {
  return createHmac('sha256', key).update(message).digest();
}

// What is the same for all signals is put together once: made for each body, these five messages took half as long as its X25519.
const EAE_PRK = extractLabel(KEM_ID, 'eae_prk');
const SHARED_SECRET = expandLabel(KEM_ID, 'shared_secret', 32);
const SECRET = extractLabel(SUITE_ID, 'secret');
const CONTEXT = concatBytes(
  BASE_MODE,
  hmac(NO_SALT, extractLabel(SUITE_ID, 'psk_id_hash')),
  hmac(NO_SALT, concatBytes(extractLabel(SUITE_ID, 'info_hash'), utf8(SIGNAL_INFO))),
);
const KEY = concatBytes(expandLabel(SUITE_ID, 'key', 16), CONTEXT, ROUND);
const NONCE = concatBytes(expandLabel(SUITE_ID, 'base_nonce', 12), CONTEXT, ROUND);

/** §4.1, ExtractAndExpand; its context is `enc` and the public key. */
function decapsulate(dh: Uint8Array, enc: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const eaePrk = hmac(NO_SALT, concatBytes(EAE_PRK, dh));
  return hmac(eaePrk, concatBytes(SHARED_SECRET, enc, publicKey, ROUND));
}

/** §5.1, KeySchedule in base mode, for the first message. */
function schedule(sharedSecret: Uint8Array): { key: Uint8Array; nonce: Uint8Array } {
  const secret = hmac(sharedSecret, SECRET);
  return { key: hmac(secret, KEY).subarray(0, 16), nonce: hmac(secret, NONCE).subarray(0, 12) };
}
