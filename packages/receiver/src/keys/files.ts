/**
 * Reads and writes the receiver's secrets, one file each, readable by their owner only: the HPKE key pairs that decrypt
 * signals, and the subject key, which the account service shares. Promise: a secret is never overwritten or quoted.
 * Flow: init, rotate, receiver → here. Spec: docs/design/receiver.md#keys.
 */
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fromHex, toHex } from '@lodestone/protocol/bytes';
import { check } from '@lodestone/protocol/document';
import { LodestoneError } from '@lodestone/protocol/error';
import { LIMITS } from '@lodestone/protocol/limits';
import { DAY_MS, fromInstant, Instant } from '@lodestone/protocol/time';
import type { ReceiverPrivateKey } from '@lodestone/seal';
import { GRACE_DAYS } from '@lodestone/trust';
import * as z from 'zod/mini';

const KeyFile: z.ZodMiniType<ReceiverPrivateKey> = z.strictObject({
  id: z.int().check(z.gte(1), z.lte(255)),
  publicKey: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
  notBefore: Instant,
  notAfter: Instant,
  privateKey: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
});

export const secretsFolder = (dataDir: string): string => path.join(dataDir, 'secrets');
const keyFile = (dataDir: string, id: number): string => path.join(secretsFolder(dataDir), `key-${id}.json`);
export const subjectKeyFile = (dataDir: string): string => path.join(secretsFolder(dataDir), 'subject.key');
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

export async function writeKey(dataDir: string, key: ReceiverPrivateKey): Promise<void> {
  await writeSecret(keyFile(dataDir, key.id), `${JSON.stringify(check(KeyFile, key, 'private key'), null, 2)}\n`);
}

export async function writeSubjectKey(dataDir: string, key: Uint8Array): Promise<void> {
  await writeSecret(subjectKeyFile(dataDir), `${toHex(key)}\n`);
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
export async function readKeys(dataDir: string): Promise<ReceiverPrivateKey[]> {
  const names = await readdir(secretsFolder(dataDir)).catch((cause: unknown) => {
    throw new LodestoneError(
      'ERR_RECEIVER',
      `cannot read ${secretsFolder(dataDir)}; if the folder is new, create it with init`,
      { cause },
    );
  });
  const files = names.filter((name) => KEY_FILE.test(name)).map((name) => path.join(secretsFolder(dataDir), name));
  const keys = await Promise.all(files.map(readKey));
  return keys.sort((a, b) => a.id - b.id);
}

async function readKey(file: string): Promise<ReceiverPrivateKey> {
  const text = await readSecret(file);
  try {
    return check(KeyFile, JSON.parse(text), 'private key');
  } catch {
    // Without the cause: a parser's message quotes its input, which is secret.
    throw new LodestoneError('ERR_RECEIVER', `${file} does not hold a valid key pair; restore it from a backup`);
  }
}

export async function readSubjectKey(dataDir: string): Promise<Uint8Array<ArrayBuffer>> {
  const text = (await readSecret(subjectKeyFile(dataDir))).trim();
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw new LodestoneError(
      'ERR_RECEIVER',
      `${subjectKeyFile(dataDir)} does not hold 32 bytes in hex; restore it from a backup`,
    );
  }
  return fromHex(text);
}

/** After a key expires, its signals can count for the longest counting window plus the grace days. */
const KEPT_AFTER_EXPIRY_DAYS: number = LIMITS.signalWithinDays + GRACE_DAYS;

/** Deletes private keys whose signals no longer count. @returns their ids */
export async function destroyExpiredKeys(dataDir: string, now: number): Promise<number[]> {
  const expired = (await readKeys(dataDir)).filter(
    ({ notAfter }) => fromInstant(notAfter) + KEPT_AFTER_EXPIRY_DAYS * DAY_MS < now,
  );
  for (const { id } of expired) await rm(keyFile(dataDir, id));
  return expired.map(({ id }) => id);
}
