/**
 * Private key files: Ed25519 in PKCS#8 PEM, mode 0600, encrypted if there is a passphrase.
 * Promise: a key file is never replaced by another key. Spec: docs/design/authority.md#keys, RFC 5958
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import { LodestoneError } from '@lodestone/protocol/error';
import { messageOf } from './authority.ts';
import { encryptKey } from './pbes2.ts';
import { keySigner, type Signer } from './signer.ts';
import { writeAtomically, writeNew } from '../repository/atomic-files.ts';

/** Asks for the passphrase of a file. Called only for encrypted files. */
export type AskPassphrase = (file: string) => Promise<string>;

const MIN_PASSPHRASE = 12;

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
 * whole, after its replacement was opened; on failure it is as before. Copies of the old file still open with `old`.
 * @throws {LodestoneError} `ERR_SIGNER` if the file is not an Ed25519 key, `old` does not open it, or `next` is too short
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
  const pem = encryptKey(secret, next);
  if (!decrypt(file, pem, next).equals(secret)) throw new Error('the encrypted key is not the key');
  await writeAtomically(await realpath(file), Buffer.from(pem), { mode: 0o600 });
}

/** Whether a passphrase is needed to open the file. @throws {LodestoneError} `ERR_SIGNER` if it cannot be read */
export async function isEncrypted(file: string): Promise<boolean> {
  return isEncryptedPem(await readPem(file));
}

const isEncryptedPem = (pem: string): boolean => pem.includes('ENCRYPTED PRIVATE KEY');

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
    return await readFile(file, 'utf8');
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
