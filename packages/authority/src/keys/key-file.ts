/**
 * Private key files: Ed25519 in PKCS#8 PEM, mode 0600, encrypted if there is a passphrase.
 * Promise: a key file is never replaced. Spec: docs/design/authority.md#keys, RFC 5958
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { LodestoneError } from '@lodestone/protocol/error';
import { messageOf } from './authority.ts';
import { encryptKey } from './pbes2.ts';
import { keySigner, type Signer } from './signer.ts';
import { writeNew } from '../repository/atomic-files.ts';

/** Asks for the passphrase of a file. Called only for encrypted files. */
export type AskPassphrase = (file: string) => Promise<string>;

const MIN_PASSPHRASE = 12;

/** Creates a key and its file. Without a passphrase the file is not encrypted. */
export async function createKeyFile(file: string, passphrase: string | undefined): Promise<Signer> {
  if (passphrase !== undefined && passphrase.length < MIN_PASSPHRASE) {
    throw new LodestoneError(
      'ERR_SIGNER',
      `the passphrase has ${passphrase.length} characters; use at least ${MIN_PASSPHRASE}`,
    );
  }
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
  const pem = await readPem(file);
  const secret = pem.includes('ENCRYPTED PRIVATE KEY') ? decrypt(file, pem, await ask(file)) : parse(file, pem);
  if (secret.asymmetricKeyType !== 'ed25519') {
    throw new LodestoneError('ERR_SIGNER', `${file} is a key of type ${secret.asymmetricKeyType}, not Ed25519`);
  }
  return keySigner(secret);
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
