/**
 * Reads and writes the receiver's secrets, one file each, readable by their owner only: the HPKE key pairs that decrypt
 * signals, encrypted. Promise: a secret is never overwritten or quoted.
 * Flow: init, rotate, receiver → here → key-encryption. Spec: docs/design/receiver.md#keys.
 */
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { check } from '@lodestone/protocol/document';
import { LodestoneError } from '@lodestone/protocol/error';
import { LIMITS } from '@lodestone/protocol/limits';
import { DAY_MS, fromInstant, type Instant } from '@lodestone/protocol/time';
import type { ReceiverPrivateKey } from '@lodestone/seal';
import type { TrustedTime } from '../clock/trusted-time.ts';
import { decryptKey, EncryptedKey, encryptKey, type KeySecret } from './key-encryption.ts';

/** Where the key files are, and what decrypts them. */
export interface KeyFolder {
  folder: string;
  secret: KeySecret;
}

/** @param place its `keysDir` keeps the keys apart from the database and from its backups; default `DATA/secrets` */
export function keyFolder(place: { dataDir: string; keysDir?: string | undefined; secret: KeySecret }): KeyFolder {
  return { folder: path.resolve(place.keysDir ?? secretsFolder(place.dataDir)), secret: place.secret };
}

export const secretsFolder = (dataDir: string): string => path.join(dataDir, 'secrets');
const keyFile = (folder: string, id: number): string => path.join(folder, `key-${id}.json`);
const KEY_FILE = /^key-\d{1,3}\.json$/;

/** @throws {LodestoneError} `ERR_RECEIVER` if the file exists */
async function writeSecret(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  try {
    await writeFile(file, text, { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    throw new LodestoneError(
      'ERR_RECEIVER',
      `cannot create ${file}: it already exists, or its folder cannot be written`,
      { cause },
    );
  }
  await chmod(file, 0o600);
}

export async function writeKey({ folder, secret }: KeyFolder, key: ReceiverPrivateKey): Promise<void> {
  const encrypted = check(EncryptedKey, await encryptKey(key, secret), 'private key');
  await writeSecret(keyFile(folder, key.id), `${JSON.stringify(encrypted, null, 2)}\n`);
}

/** @throws {LodestoneError} `ERR_RECEIVER` if the file is missing or others may read it */
async function readSecret(file: string): Promise<string> {
  try {
    // Windows has no permission bits; the folder's access rules apply there.
    const mode = process.platform === 'win32' ? 0 : (await stat(file)).mode;
    if ((mode & 0o077) !== 0)
      throw new LodestoneError('ERR_RECEIVER', `other users may read ${file}; run chmod 600 on it`);
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof LodestoneError) throw cause;
    throw new LodestoneError('ERR_RECEIVER', `cannot read ${file}; if the folder is new, create it with init`, {
      cause,
    });
  }
}

/** All stored key pairs, sorted by id. */
export async function readKeys({ folder, secret }: KeyFolder): Promise<ReceiverPrivateKey[]> {
  const stored = await readKeyFiles(folder);
  return Promise.all(stored.map((key) => decryptKey(key, secret, keyFile(folder, key.id))));
}

async function readKeyFiles(folder: string): Promise<EncryptedKey[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new LodestoneError('ERR_RECEIVER', `cannot read ${folder}; if the folder is new, create it with init`, {
      cause,
    });
  });
  const files = names.filter((name) => KEY_FILE.test(name)).map((name) => path.join(folder, name));
  const keys = await Promise.all(files.map(readKeyFile));
  return keys.sort((a, b) => a.id - b.id);
}

async function readKeyFile(file: string): Promise<EncryptedKey> {
  const text = await readSecret(file);
  try {
    return check(EncryptedKey, JSON.parse(text), 'private key');
  } catch {
    // Without the cause: a parser's message quotes its input.
    throw new LodestoneError('ERR_RECEIVER', `${file} does not hold an encrypted key pair; restore it from a backup`);
  }
}

/** The time, in milliseconds, until which a private key is kept. */
export function destroyedAt(notAfter: Instant): number {
  return fromInstant(notAfter) + LIMITS.keyKeptDays * DAY_MS;
}

/** Deletes private keys that expired more than 105 days ago: their signals no longer count. Needs no secret. @returns their ids */
export async function destroyExpiredKeys(folder: string, now: TrustedTime): Promise<number[]> {
  const expired = (await readKeyFiles(folder)).filter(({ notAfter }) => destroyedAt(notAfter) < now);
  for (const { id } of expired) await rm(keyFile(folder, id));
  return expired.map(({ id }) => id);
}
