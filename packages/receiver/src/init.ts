/**
 * Creates a receiver's data folder: first key pair, subject key, configuration, and the public keys document.
 * Flow: cli or demo → here → keys, config. Promise: nothing is overwritten. Spec: docs/design/receiver.md#keys.
 */
import { access, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { check } from '@lodestone/protocol/document';
import { LodestoneError } from '@lodestone/protocol/error';
import { configFile, DEFAULT_CONFIG, ReceiverConfig } from './config.ts';
import { addKey } from './keys/document.ts';
import { secretsFolder, subjectKeyFile, writeSubjectKey } from './keys/files.ts';

export interface InitOptions {
  dataDir: string;
  /** Days for which devices encrypt with the first key. Default 180. */
  keyDays?: number;
  /** Values for `receiver.json` that replace the defaults. */
  config?: Partial<ReceiverConfig>;
  now?: () => number;
}

export interface InitResult {
  /** Bytes of `keys.json`. Public: the provider publishes it as a signed target. */
  keysDocument: Uint8Array;
  keysFile: string;
  /** The account service needs a copy to issue subject ids. */
  subjectKeyFile: string;
  configFile: string;
}

/** @throws {LodestoneError} `ERR_RECEIVER` if the folder already holds a receiver; `ERR_SCHEMA` for an invalid configuration */
export async function initReceiver(options: InitOptions): Promise<InitResult> {
  const { dataDir, keyDays = 180, now = Date.now } = options;
  const config = check(ReceiverConfig, { ...DEFAULT_CONFIG, ...options.config }, 'receiver.json');
  await refuseExisting(dataDir);
  await mkdir(secretsFolder(dataDir), { recursive: true, mode: 0o700 });
  await writeSubjectKey(dataDir, crypto.getRandomValues(new Uint8Array(32)));
  const keysDocument = await addKey(dataDir, { now: now(), days: keyDays });
  await writeFile(configFile(dataDir), `${JSON.stringify(config, null, 2)}\n`);
  return {
    keysDocument,
    keysFile: path.join(dataDir, 'keys.json'),
    subjectKeyFile: subjectKeyFile(dataDir),
    configFile: configFile(dataDir),
  };
}

async function refuseExisting(dataDir: string): Promise<void> {
  for (const file of [configFile(dataDir), secretsFolder(dataDir)]) {
    const exists = await access(file).then(
      () => true,
      () => false,
    );
    if (exists) throw new LodestoneError('ERR_RECEIVER', `${file} already exists; choose a new data folder`);
  }
}
