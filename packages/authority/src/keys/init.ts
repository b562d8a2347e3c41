/**
 * Creates an authority. With holders, the first publication waits for their signatures; with all keys here, the root is
 * signed immediately. Host apps pin the first root. Spec: docs/design/authority.md#keys, TUF 1.0 §6.1
 */
import { existsSync } from 'node:fs';
import { check } from '@lodestone/protocol/document';
import { LodestoneError } from '@lodestone/protocol/error';
import { Name } from '@lodestone/protocol/name';
import { toInstant } from '@lodestone/protocol/time';
import type { Power } from '@lodestone/trust';
import { prepare, type PrepareReport } from '../publication/prepare.ts';
import { installFiles, writeAtomically } from '../repository/atomic-files.ts';
import { signHere } from '../publication/sign-here.ts';
import { rootPart } from '../publication/parts.ts';
import {
  type AuthorityFile,
  checkHolders,
  type Lifetimes,
  openAuthority,
  pathsOf,
  writeAuthority,
} from './authority.ts';
import { checkHolder, type HolderKey, type HolderRole, HOLDER_ROLES, makeHolder } from './holder.ts';
import { createLocalKey } from './local-keys.ts';
import { nextRoot } from './root.ts';

interface NewAuthority {
  directory: string;
  /** The authority's name, for people. Apps choose their own name for the source. */
  name: string;
  power: Power;
  now: number;
  /** How many holders must sign. Default: 2. */
  threshold?: number;
  /** Days of validity. Default: root 730, targets 90, snapshot 30, timestamp 7, list 90. */
  lifetimeDays?: Partial<Lifetimes>;
  /** Encrypts the private keys in the folder. Default: they are not encrypted, and have mode 0600. */
  passphrase?: string;
}

export interface InitOptions extends NewAuthority {
  /** The holders' public documents, as `key create` writes them. */
  holders: readonly unknown[];
}

export interface InitAllKeysHereOptions extends NewAuthority {
  /** Number of root keys, and of targets keys. Default: 3. */
  keys?: number;
}

const LIFETIMES: Lifetimes = { root: 730, targets: 90, snapshot: 30, timestamp: 7, list: 90 };

/**
 * Creates an authority whose keys are with its holders, and prepares its first publication for them to sign.
 * @throws {LodestoneError} `ERR_USAGE` for impossible numbers of keys; `ERR_SIGNER` for a holder's document that was changed;
 * `ERR_REPOSITORY` if the folder already has an authority
 */
export async function initAuthority(options: InitOptions): Promise<PrepareReport> {
  const holders = options.holders.map(checkHolder);
  await create(options, 'holders', () => Promise.resolve(holders));
  return prepare({ directory: options.directory, now: options.now });
}

/**
 * Creates an authority with every private key in its folder, and publishes its first root. For tests and demos: who reads
 * the folder can sign everything.
 */
export async function initAllKeysHere(options: InitAllKeysHereOptions): Promise<{ rootFile: string }> {
  const { directory, keys: count = 3, threshold = 2, now, passphrase } = options;
  if (!Number.isInteger(count) || !Number.isInteger(threshold) || threshold < 1 || threshold > count || count > 16) {
    throw new LodestoneError(
      'ERR_USAGE',
      `${threshold} of ${count} keys: use at most 16 keys and a threshold from 1 to their number`,
    );
  }
  await create(options, 'all-keys-here', async (folder) => {
    const holders: HolderKey[] = [];
    for (const role of HOLDER_ROLES) {
      for (let i = 0; i < count; i++) holders.push(await makeLocalHolder(folder, role, passphrase));
    }
    return holders;
  });
  const authority = await openAuthority(directory);
  const root = nextRoot(authority, undefined, now);
  if (!root) throw new LodestoneError('ERR_REPOSITORY', `${directory} has a root already`);
  const bytes = await signHere(authority, rootPart(undefined, root), () => Promise.resolve(passphrase ?? ''));
  await installFiles(authority.paths.repository, [['metadata/1.root.json', bytes]]);
  await writeAtomically(authority.paths.root, bytes);
  return { rootFile: authority.paths.root };
}

async function makeLocalHolder(folder: string, role: HolderRole, passphrase: string | undefined): Promise<HolderKey> {
  const { name, signer } = await createLocalKey(folder, role, passphrase);
  return makeHolder(name, signer, [role]);
}

async function create(
  options: NewAuthority,
  custody: AuthorityFile['custody'],
  makeHolders: (keysFolder: string) => Promise<HolderKey[]>,
): Promise<void> {
  const { directory, power, now, threshold = 2, passphrase } = options;
  const paths = pathsOf(directory);
  if (existsSync(paths.file)) {
    throw new LodestoneError('ERR_REPOSITORY', `${directory} already has an authority; its keys were not changed`);
  }
  const name = check(Name, options.name, 'name');
  const holders = await makeHolders(paths.keys);
  checkHolders(holders, threshold);
  const online = {
    snapshot: (await createLocalKey(paths.keys, 'snapshot', passphrase)).signer.publicKey,
    timestamp: (await createLocalKey(paths.keys, 'timestamp', passphrase)).signer.publicKey,
  };
  const lifetimeDays = { ...LIFETIMES, ...options.lifetimeDays };
  const created = toInstant(now);
  const schema = 'lodestone/authority/v1' as const;
  // Written last: this file makes the folder an authority's.
  const file = { schema, name, power, created, custody, holders, formerHolders: [], threshold, online, lifetimeDays };
  await writeAuthority(paths, file);
}
