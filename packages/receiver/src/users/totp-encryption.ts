/**
 * Encrypts the second factors of users at rest, with the secret that encrypts the private keys. Flow: receiver → here → links, sign-in.
 * Promise: the database, or a backup of it, is not enough to use a second factor; a stored one belongs to one user name.
 * Spec: docs/design/receiver.md#second-factor, NIST SP 800-38D (GCM).
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { concatBytes, toHex, utf8 } from '@lodestone/protocol/bytes';
import { LodestoneError } from '@lodestone/protocol/error';
import type { Name } from '@lodestone/protocol/name';
import type { Database } from '../db/schema.ts';
import { derivedKey, KDF_NAMES, KDF_OF, type KdfName, type KeySecret, VARIABLE_OF } from '../keys/key-encryption.ts';
import { TOTP_SECRET_BYTES } from './totp.ts';

const [SALT_BYTES, NONCE_BYTES, TAG_BYTES] = [16, 12, 16];
const VERSION = 1;
/** Stored, so a number never changes its meaning. */
const KDF_CODES: Readonly<Record<KdfName, number>> = { scrypt: 0, 'hkdf-sha256': 1 };
/** Version, key derivation, salt, nonce, then the secret and its tag. */
const [SALT_AT, NONCE_AT, SECRET_AT] = [2, 2 + SALT_BYTES, 2 + SALT_BYTES + NONCE_BYTES];
const STORED_BYTES: number = SECRET_AT + TOTP_SECRET_BYTES + TAG_BYTES;

export interface TotpEncryption {
  encrypt(name: Name, secret: Uint8Array): Promise<Uint8Array>;
  /** @throws {LodestoneError} `ERR_RECEIVER` if another secret encrypted it, or for another user */
  decrypt(name: Name, stored: Uint8Array): Promise<Uint8Array>;
}

/**
 * Encrypts those that an earlier release stored as they were, and derives the keys of all others: a sign-in then takes as long for
 * every name.
 */
export async function openTotpEncryption(
  db: Database,
  secret: KeySecret,
): Promise<
  TotpEncryption & { /** Number of users whose second factor another secret encrypted. */ unreadable: number }
> {
  const rows = await db.selectFrom('credentials').select(['name', 'totpSecret']).execute();
  const encrypted = rows.filter(({ totpSecret }) => totpSecret.length === STORED_BYTES);
  // One salt for all that one receiver encrypts: scrypt takes 0.3 s for each.
  const salt = encrypted[0] ? saltOf(encrypted[0].totpSecret) : randomBytes(SALT_BYTES);
  const totp = totpEncryption(secret, salt);
  let unreadable = 0;
  for (const { name, totpSecret } of encrypted) await totp.decrypt(name, totpSecret).catch(() => unreadable++);
  for (const { name, totpSecret } of rows.filter((row) => row.totpSecret.length === TOTP_SECRET_BYTES))
    await db
      .updateTable('credentials')
      .set({ totpSecret: await totp.encrypt(name, totpSecret) })
      .where('name', '=', name)
      .where('totpSecret', '=', totpSecret)
      .execute();
  return { ...totp, unreadable };
}

export function totpEncryption(secret: KeySecret, salt: Uint8Array): TotpEncryption {
  return {
    async encrypt(name, plain) {
      const nonce = randomBytes(NONCE_BYTES);
      const head = concatBytes(Uint8Array.of(VERSION, KDF_CODES[KDF_OF[secret.kind]]), salt, nonce);
      const cipher = createCipheriv('aes-256-gcm', await derivedKey(secret, toHex(salt)), nonce);
      cipher.setAAD(associatedData(name, head));
      return concatBytes(head, cipher.update(plain), cipher.final(), cipher.getAuthTag());
    },
    async decrypt(name, stored) {
      const isKnown = stored.length === STORED_BYTES && stored[0] === VERSION;
      const kdf = isKnown ? KDF_NAMES.find((name) => KDF_CODES[name] === stored[1]) : undefined;
      if (!kdf) throw unreadable(name, 'it was written by another release');
      if (kdf !== KDF_OF[secret.kind]) throw unreadable(name, `it needs ${VARIABLE_OF[kdf]} in the environment`);
      const key = await derivedKey(secret, toHex(saltOf(stored)));
      const decipher = createDecipheriv('aes-256-gcm', key, stored.subarray(NONCE_AT, SECRET_AT));
      decipher.setAAD(associatedData(name, stored.subarray(0, SECRET_AT)));
      decipher.setAuthTag(stored.subarray(-TAG_BYTES));
      try {
        return concatBytes(decipher.update(stored.subarray(SECRET_AT, -TAG_BYTES)), decipher.final());
      } catch {
        throw unreadable(name, 'the passphrase or key is another one, or the database was changed');
      }
    },
  };
}

const saltOf = (stored: Uint8Array): Uint8Array => stored.subarray(SALT_AT, NONCE_AT);

/** The user and all readable bytes, so that the factor of one user is none of another. */
function associatedData(name: Name, head: Uint8Array): Uint8Array {
  return utf8(JSON.stringify(['lodestone/totp/v1', name, toHex(head)]));
}

function unreadable(name: Name, why: string): LodestoneError<'ERR_RECEIVER'> {
  return new LodestoneError(
    'ERR_RECEIVER',
    `cannot decrypt the second factor of ${name}: ${why}; set the secret with which it was encrypted, or make a new link with users invite`,
  );
}
