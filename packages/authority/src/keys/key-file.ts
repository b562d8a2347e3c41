/**
 * Private key files: Ed25519 in PKCS#8 PEM, mode 0600, encrypted if there is a passphrase.
 * Promise: a key file is never replaced by another key. Spec: docs/design/authority.md#keys, RFC 5958
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, type Stats } from 'node:fs';
import { mkdir, readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { LodestoneError } from '@lodestone/protocol/error';
import { messageOf } from './authority.ts';
import { encryptKey } from './pbes2.ts';
import { keySigner, type Signer } from './signer.ts';
import { writeAtomically, writeNew } from '../repository/atomic-files.ts';

/** Asks for the passphrase of a file. Called only for encrypted files. */
export type AskPassphrase = (file: string) => Promise<string>;

const MIN_PASSPHRASE = 12;
/** PEM is ASCII. Text around a key may have any bytes, and this encoding keeps them. */
const ENCODING = 'latin1';

/** Creates a key and its file. Without a passphrase the file is not encrypted. */
export async function createKeyFile(file: string, passphrase: string | undefined): Promise<Signer> {
  if (passphrase !== undefined) checkPassphrase(passphrase);
  if (existsSync(file)) {
    throw new LodestoneError('ERR_SIGNER', `${file} exists, and a key file is never replaced; choose another name`);
  }
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem =
    passphrase === undefined ? privateKey.export({ format: 'pem', type: 'pkcs8' }) : encryptKey(privateKey, passphrase);
  await mkdir(path.dirname(path.resolve(file)), { recursive: true, mode: 0o700 });
  await writeNew(file, [pem], { mode: 0o600 });
  return keySigner(privateKey);
}

/** @throws {LodestoneError} `ERR_SIGNER` if the file is not an Ed25519 key, or the passphrase does not open it */
export async function openKeyFile(file: string, ask: AskPassphrase): Promise<Signer> {
  return keySigner(await readKey(file, ask));
}

/**
 * Encrypts the same key with another passphrase. `old` is undefined if the file is not encrypted. The file is replaced as a
 * whole, after its replacement was opened; on failure it is as before. Its owner, group and mode stay, and so does any text
 * around the key. Copies of the old file still open with `old`.
 * @throws {LodestoneError} `ERR_SIGNER` if the file is not one Ed25519 key, others than its owner and group may open it, `old`
 * does not open it, or `next` is too short
 */
export async function changePassphrase(
  file: string,
  { old, next }: { old: string | undefined; next: string },
): Promise<void> {
  checkPassphrase(next);
  const secret = await readKey(file, () => {
    if (old !== undefined) return Promise.resolve(old);
    return Promise.reject(new LodestoneError('ERR_SIGNER', `${file} is encrypted; pass its passphrase`));
  });
  const place = await realpath(file);
  const like = await stat(place);
  checkState(file, like);
  const pem = withKey(file, await readPem(file), encryptKey(secret, next));
  if (!decrypt(file, pem, next).equals(secret)) throw new Error('the encrypted key is not the key');
  await writeAtomically(place, Buffer.from(pem, ENCODING), { like });
}

/** Whether a passphrase is needed to open the file. @throws {LodestoneError} `ERR_SIGNER` if it cannot be read */
export async function isEncrypted(file: string): Promise<boolean> {
  return isEncryptedPem(await readPem(file));
}

/**
 * Owner and mode stay, because a server may read its key through a group. So a key that everybody may open is refused, and one
 * whose owner this process cannot restore.
 */
function checkState(file: string, { mode, uid }: Stats): void {
  const user = process.getuid?.();
  if (user !== undefined && user !== 0 && user !== uid)
    throw new LodestoneError('ERR_SIGNER', `${file} belongs to another user; run the command as its owner`);
  if ((mode & 0o007) === 0) return;
  throw new LodestoneError(
    'ERR_SIGNER',
    `every user of this machine may open ${file} (mode ${(mode & 0o777).toString(8)}); ` +
      'run chmod 600 on it, and replace the key if somebody may have copied it',
  );
}

/** RFC 7468 §2: a file may have text around a key. */
const PRIVATE_KEY = /-----BEGIN ([A-Z ]*)PRIVATE KEY-----[^-]*-----END \1PRIVATE KEY-----/g;

/** The text of the file, with another key in place of its only one. */
function withKey(file: string, text: string, key: string): string {
  const { length } = text.match(PRIVATE_KEY) ?? [];
  if (length === 1) return text.replace(PRIVATE_KEY, () => key.trimEnd());
  throw new LodestoneError('ERR_SIGNER', `${file} has ${length} private keys; pass a file with one`);
}

const isEncryptedPem = (pem: string): boolean => pem.includes('-----BEGIN ENCRYPTED PRIVATE KEY-----');

function checkPassphrase({ length }: string): void {
  if (length >= MIN_PASSPHRASE) return;
  throw new LodestoneError('ERR_SIGNER', `the passphrase has ${length} characters; use at least ${MIN_PASSPHRASE}`);
}

async function readKey(file: string, ask: AskPassphrase): Promise<KeyObject> {
  const pem = await readPem(file);
  const secret = isEncryptedPem(pem) ? decrypt(file, pem, await ask(file)) : parse(file, pem);
  if (secret.asymmetricKeyType !== 'ed25519') {
    throw new LodestoneError('ERR_SIGNER', `${file} is a key of type ${secret.asymmetricKeyType}, not Ed25519`);
  }
  return secret;
}

async function readPem(file: string): Promise<string> {
  try {
    return await readFile(file, ENCODING);
  } catch (cause) {
    throw new LodestoneError('ERR_SIGNER', `the key file ${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

function decrypt(file: string, key: string, passphrase: string): KeyObject {
  try {
    return createPrivateKey({ key, passphrase });
  } catch (cause) {
    throw new LodestoneError('ERR_SIGNER', `${file}: the passphrase does not open this key`, { cause });
  }
}

function parse(file: string, pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new LodestoneError('ERR_SIGNER', `${file} is not an Ed25519 key in PKCS#8 PEM`, { cause });
  }
}
