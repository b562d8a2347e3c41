/** Makes a receiver's data folder: key pair, subject key, configuration, and the keys document for the provider to sign. */
import { access, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { check } from '@lodestone/protocol/document';
import { LodestoneError } from '@lodestone/protocol/error';
import { configFile, DEFAULT_CONFIG, ReceiverConfig } from './config.ts';
import { addKey } from './keys/document.ts';
import { secretsFolder, subjectKeyFile, writeSubjectKey } from './keys/files.ts';

export interface InitOptions {
  dataDir: string;
  /** For how many days devices seal with the first key. */
  keyDays?: number;
  /** What to write into `receiver.json` in place of the defaults. */
  config?: Partial<ReceiverConfig>;
  now?: () => number;
}

export interface InitResult {
  /** Bytes of `keys.json`: public, to be published as a signed target of the provider. */
  keysDocument: Uint8Array;
  keysFile: string;
  /** The account service needs a copy of it to issue subjects. */
  subjectKeyFile: string;
  configFile: string;
}

/** @throws {LodestoneError} `ERR_RECEIVER` where the folder holds a receiver already; `ERR_SCHEMA` for a wrong configuration */
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
    if (exists) throw new LodestoneError('ERR_RECEIVER', `${file} is there already; a receiver is made once`);
  }
}
