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
    const { key, nonce } = schedule(decapsulate(dh, concatBytes(enc, publicKey)));
    const decipher = createDecipheriv('aes-128-gcm', key, nonce, { authTagLength: 16 })
      .setAAD(body.subarray(0, HEADER_END))
      .setAuthTag(body.subarray(TAG_START));
    return concatBytes(decipher.update(body.subarray(ENC_END, TAG_START)), decipher.final());
  } catch {
    return undefined; // a point of low order, or another tag
  }
}

/** PKCS#8 and SPKI before the 32 bytes of an X25519 key (RFC 8410 §4 and §7). */
const PKCS8_PREFIX = fromHex('302e020100300506032b656e04220420');
const SPKI_PREFIX = fromHex('302a300506032b656e032100');

function toPublicKey(raw: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: 'der', type: 'spki' });
}

const KEM_ID = concatBytes(utf8('KEM'), Uint8Array.of(0, 0x20));
const SUITE_ID = concatBytes(utf8('HPKE'), Uint8Array.of(0, 0x20, 0, 1, 0, 1));
const VERSION = utf8('HPKE-v1');
const NOTHING = new Uint8Array();
const NO_SALT = new Uint8Array(32);
const BASE_MODE = Uint8Array.of(0);

/** §4.1, ExtractAndExpand. */
function decapsulate(dh: Uint8Array, kemContext: Uint8Array): Uint8Array {
  return expand(KEM_ID, extract(KEM_ID, NO_SALT, 'eae_prk', dh), 'shared_secret', kemContext, 32);
}

/** §5.1, KeySchedule in base mode, for the first message. */
function schedule(sharedSecret: Uint8Array): { key: Uint8Array; nonce: Uint8Array } {
  const secret = extract(SUITE_ID, sharedSecret, 'secret', NOTHING);
  return {
    key: expand(SUITE_ID, secret, 'key', CONTEXT, 16),
    nonce: expand(SUITE_ID, secret, 'base_nonce', CONTEXT, 12),
  };
}

/** §4, LabeledExtract. */
function extract(suite: Uint8Array, salt: Uint8Array, label: string, ikm: Uint8Array): Uint8Array {
  return hmac(salt, VERSION, suite, utf8(label), ikm);
}

/** §4, LabeledExpand, for at most 32 bytes: one round of HKDF-Expand. */
function expand(suite: Uint8Array, prk: Uint8Array, label: string, info: Uint8Array, bytes: number): Uint8Array {
  return hmac(prk, Uint8Array.of(0, bytes), VERSION, suite, utf8(label), info, Uint8Array.of(1)).subarray(0, bytes);
}

function hmac(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  return createHmac('sha256', key)
    .update(concatBytes(...parts))
    .digest();
}

/** The same for all signals. */
const CONTEXT = concatBytes(
  BASE_MODE,
  extract(SUITE_ID, NO_SALT, 'psk_id_hash', NOTHING),
  extract(SUITE_ID, NO_SALT, 'info_hash', utf8(SIGNAL_INFO)),
);
