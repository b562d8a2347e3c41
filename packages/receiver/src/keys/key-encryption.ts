/**
 * Encrypts private keys at rest: AES-256-GCM under a key that scrypt derives from a passphrase, or HKDF from a random key.
 * Flow: environment → here → keys/files. Promise: a file with a changed byte is refused, and no error quotes a secret.
 * Spec: docs/design/receiver.md#key-file, RFC 7914 (scrypt), RFC 5869 (HKDF), NIST SP 800-38D (GCM).
 */
import { createCipheriv, createDecipheriv, hkdf, randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { concatBytes, fromHex, toHex, utf8 } from '@lodestone/protocol/bytes';
import { LodestoneError } from '@lodestone/protocol/error';
import { Instant } from '@lodestone/protocol/time';
import type { ReceiverPrivateKey } from '@lodestone/seal';
import * as z from 'zod/mini';

/** Decrypts the private keys. It is never stored in the data folder. */
export type KeySecret = { kind: 'passphrase'; passphrase: string } | { kind: 'key'; key: Uint8Array };

export const PASSPHRASE_VARIABLE = 'LODESTONE_RECEIVER_PASSPHRASE';
export const KEY_VARIABLE = 'LODESTONE_RECEIVER_KEY';

const PASSPHRASE_CHARS = 12;
const KEY_BYTES = 32;
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** 128 MiB of memory and about 0.3 s for each guess of the passphrase. */
const SCRYPT = { cost: 131_072, blockSize: 8, parallelization: 1, maxmem: 144 * 1_048_576 } as const;
const HKDF_INFO = 'lodestone/receiver-key/v1';

/**
 * @param env usually `process.env`
 * @throws {LodestoneError} `ERR_RECEIVER` unless exactly one of the two variables is set, to a valid value
 */
export function keySecretFrom(env: Readonly<Record<string, string | undefined>>): KeySecret {
  const { [PASSPHRASE_VARIABLE]: passphrase, [KEY_VARIABLE]: key } = env;
  if ((passphrase === undefined) === (key === undefined)) {
    throw invalidSecret(
      `private keys are encrypted; set ${PASSPHRASE_VARIABLE} or ${KEY_VARIABLE} in the environment, not both`,
    );
  }
  if (key !== undefined) {
    if (!/^[0-9a-f]{64}$/.test(key)) throw invalidSecret(`${KEY_VARIABLE} must be 32 bytes as 64 hex digits`);
    return { kind: 'key', key: fromHex(key) };
  }
  if ((passphrase ?? '').length < PASSPHRASE_CHARS)
    throw invalidSecret(`${PASSPHRASE_VARIABLE} must have at least ${PASSPHRASE_CHARS} characters`);
  return { kind: 'passphrase', passphrase: passphrase ?? '' };
}

function invalidSecret(message: string): LodestoneError<'ERR_RECEIVER'> {
  return new LodestoneError('ERR_RECEIVER', message);
}

export const KDF_NAMES = ['scrypt', 'hkdf-sha256'] as const;
export type KdfName = (typeof KDF_NAMES)[number];
export const KDF_OF: Readonly<Record<KeySecret['kind'], KdfName>> = { passphrase: 'scrypt', key: 'hkdf-sha256' };
/** The variable of the environment that has the secret. */
export const VARIABLE_OF: Readonly<Record<KdfName, string>> = {
  scrypt: PASSPHRASE_VARIABLE,
  'hkdf-sha256': KEY_VARIABLE,
};

/** A key pair as stored: everything but the private key is readable, and nothing can be changed. */
export interface EncryptedKey extends Omit<ReceiverPrivateKey, 'privateKey'> {
  schema: 'lodestone/receiver-key/v1';
  kdf: KdfName;
  /** 16 bytes in hex. */
  salt: string;
  /** 12 bytes in hex. */
  nonce: string;
  /** 32 bytes and a tag of 16 bytes, in hex. */
  encryptedPrivateKey: string;
}

const hex = (bytes: number): z.ZodMiniType<string> => z.string().check(z.regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`)));

export const EncryptedKey: z.ZodMiniType<EncryptedKey> = z.strictObject({
  schema: z.literal('lodestone/receiver-key/v1'),
  id: z.int().check(z.gte(1), z.lte(255)),
  publicKey: hex(KEY_BYTES),
  notBefore: Instant,
  notAfter: Instant,
  kdf: z.enum(KDF_NAMES),
  salt: hex(SALT_BYTES),
  nonce: hex(NONCE_BYTES),
  encryptedPrivateKey: hex(KEY_BYTES + TAG_BYTES),
});

export async function encryptKey(key: ReceiverPrivateKey, secret: KeySecret): Promise<EncryptedKey> {
  const { id, publicKey, notBefore, notAfter, privateKey } = key;
  const fields = {
    schema: 'lodestone/receiver-key/v1',
    id,
    publicKey,
    notBefore,
    notAfter,
    kdf: KDF_OF[secret.kind],
    salt: randomBytes(SALT_BYTES).toString('hex'),
    nonce: randomBytes(NONCE_BYTES).toString('hex'),
  } as const;
  const cipher = createCipheriv('aes-256-gcm', await derivedKey(secret, fields.salt), fromHex(fields.nonce));
  cipher.setAAD(associatedData(fields));
  const encrypted = concatBytes(cipher.update(fromHex(privateKey)), cipher.final(), cipher.getAuthTag());
  return { ...fields, encryptedPrivateKey: toHex(encrypted) };
}

/** @throws {LodestoneError} `ERR_RECEIVER` for another secret, or a file that was changed */
export async function decryptKey(stored: EncryptedKey, secret: KeySecret, file: string): Promise<ReceiverPrivateKey> {
  const { id, publicKey, notBefore, notAfter, kdf, salt, nonce, encryptedPrivateKey } = stored;
  if (kdf !== KDF_OF[secret.kind])
    throw invalidSecret(`${file} was encrypted with ${kdf}; set ${VARIABLE_OF[kdf]} in the environment`);
  const encrypted = fromHex(encryptedPrivateKey);
  const decipher = createDecipheriv('aes-256-gcm', await derivedKey(secret, salt), fromHex(nonce));
  decipher.setAAD(associatedData(stored));
  decipher.setAuthTag(encrypted.subarray(KEY_BYTES));
  try {
    const privateKey = toHex(concatBytes(decipher.update(encrypted.subarray(0, KEY_BYTES)), decipher.final()));
    return { id, publicKey, notBefore, notAfter, privateKey };
  } catch {
    throw invalidSecret(`cannot decrypt ${file}: the passphrase or key is another one, or the file was changed`);
  }
}

/** All readable fields, in this order, so that a thief of the folder cannot extend a key's life or swap two keys. */
function associatedData(fields: Omit<EncryptedKey, 'encryptedPrivateKey'>): Uint8Array {
  const { schema, id, publicKey, notBefore, notAfter, kdf, salt, nonce } = fields;
  return utf8(JSON.stringify([schema, id, publicKey, notBefore, notAfter, kdf, salt, nonce]));
}

/** Derived keys by salt. The receiver reads its keys at each refresh, and scrypt is slow by design. */
const derivedKeys = new WeakMap<KeySecret, Map<string, Promise<Uint8Array>>>();

/** @param salt 16 bytes in hex. @returns 32 bytes */
export function derivedKey(secret: KeySecret, salt: string): Promise<Uint8Array> {
  const ofSecret = derivedKeys.get(secret) ?? new Map<string, Promise<Uint8Array>>();
  derivedKeys.set(secret, ofSecret);
  const known = ofSecret.get(salt) ?? derive(secret, fromHex(salt));
  ofSecret.set(salt, known);
  return known;
}

async function derive(secret: KeySecret, salt: Uint8Array): Promise<Uint8Array> {
  if (secret.kind === 'key') return new Uint8Array(await promisify(hkdf)('sha256', secret.key, salt, HKDF_INFO, 32));
  const derived = Promise.withResolvers<Uint8Array>();
  scrypt(secret.passphrase.normalize('NFKC'), salt, KEY_BYTES, SCRYPT, (error, key) =>
    error ? derived.reject(error) : derived.resolve(key),
  );
  return derived.promise;
}
