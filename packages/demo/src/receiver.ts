/** The demo's receiver: the real one, with its keys made at the first start and its sources named at each. */
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Receiver, initReceiver, readConfig, startReceiver } from '@lodestone/receiver';
import { fromHex, type Name, type WebAddress } from '@lodestone/protocol';
import { pino } from 'pino';
import type { DemoAuthorities, DemoAuthority } from './authorities.ts';

export interface ReceiverFolder {
  directory: string;
  /** Its public keys, for the provider to sign. */
  keys: Uint8Array;
  /** What the account service issues subjects with. */
  subjectKey: Uint8Array;
}

export async function openReceiverFolder(directory: string): Promise<ReceiverFolder> {
  // Its configuration is written last, so where it is missing the folder was never finished.
  if (!existsSync(configFile(directory))) {
    await rm(directory, { recursive: true, force: true });
    await initReceiver({ dataDir: directory });
  }
  const subjectKey = await readFile(path.join(directory, 'secrets/subject.key'), 'utf8');
  return { directory, keys: await readFile(path.join(directory, 'keys.json')), subjectKey: fromHex(subjectKey.trim()) };
}

export interface ReceiverAt {
  port: number;
  /** The whole address that orders name. */
  endpoint: string;
  authorities: DemoAuthorities;
  /** Origin of the authorities' repositories. */
  repositories: string;
  /** Where its log goes. */
  logFile: string;
}

export async function openReceiver(
  { directory }: ReceiverFolder,
  { port, endpoint, authorities: { court, lists, provider }, repositories, logFile }: ReceiverAt,
): Promise<Receiver> {
  const source = ({ name, rootFile }: DemoAuthority) => ({
    name: name as Name,
    url: `${repositories}/${name}/` as WebAddress,
    root: path.relative(directory, rootFile),
  });
  const config = {
    ...(await readConfig(directory)),
    endpoint,
    authorities: { orders: [source(court)], lists: [source(lists)], provider: source(provider) },
  };
  await writeFile(configFile(directory), `${JSON.stringify(config, undefined, 2)}\n`);
  const log = pino(pino.destination({ dest: logFile, sync: true }));
  return startReceiver({ dataDir: directory, port, host: '127.0.0.1', log });
}

const configFile = (directory: string): string => path.join(directory, 'receiver.json');
