/**
 * Creates a receiver's data folder: first key pair, configuration, and the public keys document.
 * Flow: cli or demo → here → keys, config. Promise: nothing is overwritten. Spec: docs/design/receiver.md#keys.
 */
import { access, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { check } from '@lodestone/protocol/document';
import { LodestoneError } from '@lodestone/protocol/error';
import { LIMITS } from '@lodestone/protocol/limits';
import { configFile, DEFAULT_CONFIG, ReceiverConfig } from './config.ts';
import { addKey } from './keys/document.ts';
import { keyFolder, secretsFolder } from './keys/files.ts';
import type { KeySecret } from './keys/key-encryption.ts';
import { makePrivate } from './private-folder.ts';

export interface InitOptions {
  dataDir: string;
  /** Encrypts the private keys; `keySecretFrom(process.env)` reads it from the environment. */
  secret: KeySecret;
  /** Folder of the private keys. Default `DATA/secrets`; another folder keeps them apart from the database. */
  keysDir?: string | undefined;
  /** Days for which devices encrypt with the first key, at most 90. Default 90. */
  keyDays?: number;
  /** Values for `receiver.json` that replace the defaults. */
  config?: Partial<ReceiverConfig>;
  now?: () => number;
}

export interface InitResult {
  /** Bytes of `keys.json`. Public: the provider publishes it as a signed target. */
  keysDocument: Uint8Array;
  keysFile: string;
  configFile: string;
}

/** @throws {LodestoneError} `ERR_RECEIVER` if the folder already holds a receiver; `ERR_SCHEMA` for an invalid configuration */
export async function initReceiver(options: InitOptions): Promise<InitResult> {
  const { dataDir, keyDays = LIMITS.keyDays, now = Date.now } = options;
  const config = check(ReceiverConfig, { ...DEFAULT_CONFIG, ...options.config }, 'receiver.json');
  await refuseExisting([configFile(dataDir), secretsFolder(dataDir)]);
  const keys = keyFolder(options);
  for (const folder of [dataDir, secretsFolder(dataDir), keys.folder]) await makePrivate(folder);
  const keysDocument = await addKey({ dataDir, keys, now: now(), days: keyDays });
  await writeFile(configFile(dataDir), `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
  return {
    keysDocument,
    keysFile: path.join(dataDir, 'keys.json'),
    configFile: configFile(dataDir),
  };
}

async function refuseExisting(files: readonly string[]): Promise<void> {
  for (const file of files) {
    const exists = await access(file).then(
      () => true,
      () => false,
    );
    if (exists) throw new LodestoneError('ERR_RECEIVER', `${file} already exists; choose a new data folder`);
  }
}
