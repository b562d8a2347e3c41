/** The demo's receiver: the real one. Keys are created on the first start; sources are configured on each. */
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  addKey,
  addSubjectKey,
  initReceiver,
  keyFolder,
  type KeySecret,
  readConfig,
  readSubjectKeys,
  type Receiver,
  startReceiver,
} from '@lodestone/receiver';
import {
  DAY_MS,
  fromInstant,
  LIMITS,
  LodestoneError,
  type Name,
  parseKeys,
  sealingKey,
  type WebAddress,
} from '@lodestone/protocol';
import { pino } from 'pino';
import type { DemoAuthorities, DemoAuthority } from './authorities.ts';
import { DEMO_SECRETS } from './contests.ts';

/**
 * The demo holds no real signals, so its key is public: 32 zeros. An operator's comes from the environment. A passphrase would
 * cost each start the time that it costs to guess one.
 */
const SECRET: KeySecret = { kind: 'key', key: new Uint8Array(32) };

export interface ReceiverFolder {
  directory: string;
  /** The receiver's public keys, which the provider signs. */
  keys: Uint8Array;
}

/** @param subjectKey public key of the account service */
export async function openReceiverFolder(directory: string, subjectKey: string): Promise<ReceiverFolder> {
  // The configuration is written last: if it is missing, the folder is incomplete.
  if (!existsSync(configFile(directory))) {
    await rm(directory, { recursive: true, force: true });
    await initReceiver({ dataDir: directory, secret: SECRET });
  }
  await refusePassphrase(directory);
  if (!(await readSubjectKeys(directory)).includes(subjectKey)) await addSubjectKey(directory, subjectKey);
  return { directory, keys: await currentKeys(directory, Date.now()) };
}

/** Earlier demos encrypted their keys with a passphrase. */
async function refusePassphrase(directory: string): Promise<void> {
  const { folder } = keyFolder({ dataDir: directory, secret: SECRET });
  for (const name of await readdir(folder))
    if ((await readFile(path.join(folder, name), 'utf8')).includes('scrypt'))
      throw new LodestoneError(
        'ERR_RECEIVER',
        `an earlier version of the demo created ${directory}; delete ${path.dirname(directory)} to start over`,
      );
}

/** Adds a key when the last one is about to expire, so that a demo folder works for years. */
async function currentKeys(directory: string, now: number): Promise<Uint8Array> {
  const stored = await readFile(path.join(directory, 'keys.json'));
  const key = sealingKey(parseKeys(stored), now);
  if (key && fromInstant(key.notAfter) - now > ROTATE_BEFORE_MS) return stored;
  const keys = keyFolder({ dataDir: directory, secret: SECRET });
  return addKey({ dataDir: directory, keys, now, days: LIMITS.keyDays });
}
const ROTATE_BEFORE_MS = 30 * DAY_MS;

export interface ReceiverAt {
  port: number;
  /** Without it, there is no console. */
  consolePort: number | undefined;
  /** Full address, as in the orders. */
  endpoint: string;
  authorities: DemoAuthorities;
  /** Origin of the authorities' repositories. */
  repositories: string;
  /** Where outcomes of contests go. */
  callback: string;
  /** File for the receiver's log. */
  logFile: string;
}

export async function openReceiver(
  { directory }: ReceiverFolder,
  { port, consolePort, endpoint, authorities: { court, lists, provider }, repositories, callback, logFile }: ReceiverAt,
): Promise<Receiver> {
  const source = ({ name, rootFile }: DemoAuthority) => ({
    name: name as Name,
    url: `${repositories}/${name}/` as WebAddress,
    root: path.relative(directory, rootFile),
  });
  const config = {
    ...(await readConfig(directory)),
    endpoint,
    contests: { callback },
    authorities: { orders: [source(court)], lists: [source(lists)], provider: source(provider) },
  };
  await writeFile(configFile(directory), `${JSON.stringify(config, undefined, 2)}\n`);
  const log = pino(pino.destination({ dest: logFile, sync: true }));
  return startReceiver({
    dataDir: directory,
    secret: SECRET,
    port,
    consolePort,
    host: '127.0.0.1',
    contests: DEMO_SECRETS,
    log,
  });
}

const configFile = (directory: string): string => path.join(directory, 'receiver.json');
