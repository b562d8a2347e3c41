/**
 * The receiver's secrets on disk, each in a file of its own that only its user may read: HPKE key pairs, which open
 * signals, and the subject key, which it shares with the account service. Spec: DESIGN §4, §9.
 */
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fromHex, toHex } from '@lodestone/protocol/bytes';
import { check } from '@lodestone/protocol/document';
import { LodestoneError } from '@lodestone/protocol/error';
import { DAY_MS, fromInstant, Instant } from '@lodestone/protocol/time';
import type { ReceiverPrivateKey } from '@lodestone/seal';
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

/** @throws {LodestoneError} `ERR_RECEIVER` where a file is there already: a secret is never overwritten */
async function writeSecret(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  try {
    await writeFile(file, text, { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    throw new LodestoneError('ERR_RECEIVER', `${file} cannot be written, or is there already`, { cause });
  }
  await chmod(file, 0o600);
}

export async function writeKey(dataDir: string, key: ReceiverPrivateKey): Promise<void> {
  await writeSecret(keyFile(dataDir, key.id), `${JSON.stringify(check(KeyFile, key, 'private key'), null, 2)}\n`);
}

export async function writeSubjectKey(dataDir: string, key: Uint8Array): Promise<void> {
  await writeSecret(subjectKeyFile(dataDir), `${toHex(key)}\n`);
}

/** @throws {LodestoneError} `ERR_RECEIVER` for a file that is missing, open to others, or not what it must be */
async function readSecret(file: string): Promise<string> {
  try {
    // Windows has no such bits: there the folder's own access rules hold.
    const mode = process.platform === 'win32' ? 0 : (await stat(file)).mode;
    if ((mode & 0o077) !== 0) throw new LodestoneError('ERR_RECEIVER', `${file}: others may read it; chmod 600 it`);
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof LodestoneError) throw cause;
    throw new LodestoneError('ERR_RECEIVER', `${file} cannot be read; init makes it`, { cause });
  }
}

/** Every key pair that is kept, by id. */
export async function readKeys(dataDir: string): Promise<ReceiverPrivateKey[]> {
  const names = await readdir(secretsFolder(dataDir)).catch((cause: unknown) => {
    throw new LodestoneError('ERR_RECEIVER', `${secretsFolder(dataDir)} is missing; init makes it`, { cause });
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
    // No cause: a parser's message quotes what it read, and this is a secret.
    throw new LodestoneError('ERR_RECEIVER', `${file} is no key pair`);
  }
}

export async function readSubjectKey(dataDir: string): Promise<Uint8Array<ArrayBuffer>> {
  const text = (await readSecret(subjectKeyFile(dataDir))).trim();
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw new LodestoneError('ERR_RECEIVER', `${subjectKeyFile(dataDir)} is not 32 bytes in hex`);
  }
  return fromHex(text);
}

/** Days after a key's last sealing day on which nothing sealed with it counts any more: the longest window and the grace. */
const KEY_KEPT_DAYS = 150;

/** Destroys the private keys whose time is over, and says which. */
export async function destroyOldKeys(dataDir: string, now: number): Promise<number[]> {
  const old = (await readKeys(dataDir)).filter(({ notAfter }) => fromInstant(notAfter) + KEY_KEPT_DAYS * DAY_MS < now);
  for (const { id } of old) await rm(keyFile(dataDir, id));
  return old.map(({ id }) => id);
}
