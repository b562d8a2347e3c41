/**
 * Replaces keys: changes the authority's holders, threshold or online keys, and prepares the publication with the new root.
 * Promise: a lost key needs no signature of its own, as long as enough other holders of the root in force sign.
 * Spec: docs/design/authority.md#replacing-keys, TUF 1.0 §6.1
 */
import { LodestoneError } from '@lodestone/protocol/error';
import { prepare, type PrepareReport } from '../publication/prepare.ts';
import {
  type Authority,
  checkHolders,
  MAX_FORMER_HOLDERS,
  ONLINE_ROLES,
  type OnlineRole,
  openAuthority,
  writeAuthority,
} from './authority.ts';
import { checkHolder } from './holder.ts';
import { createLocalKey } from './local-keys.ts';

export interface RotateOptions {
  directory: string;
  /** Names of holders whose keys no longer count. */
  remove?: readonly string[];
  /** Public documents of new holders. */
  add?: readonly unknown[];
  threshold?: number;
  /** Online keys to replace. Their old private keys stay in `keys/` until you delete them. */
  online?: readonly OnlineRole[];
  /** Encrypts new online keys. */
  passphrase?: string;
  now: number;
}

export interface RotateReport extends PrepareReport {
  /** One sentence if too few of the root's present holders remain to sign without the removed ones. */
  warnings: string[];
}

/** @throws {LodestoneError} `ERR_USAGE` if nothing changes, a name is unknown, or the threshold cannot be reached; `ERR_SIGNER` */
export async function rotate(options: RotateOptions): Promise<RotateReport> {
  const { directory, remove = [], add = [], threshold, online = [], now } = options;
  const authority = await openAuthority(directory);
  if (authority.custody !== 'holders') {
    throw new LodestoneError(
      'ERR_USAGE',
      `"${authority.name}" has all its keys in its folder, for tests and demos; its keys cannot be replaced`,
    );
  }
  if (remove.length + add.length + online.length === 0 && threshold === undefined) {
    throw new LodestoneError('ERR_USAGE', 'nothing to rotate: pass --remove, --add, --threshold or --online');
  }
  const unknown = remove.find((name) => !authority.holders.some((holder) => holder.name === name));
  if (unknown !== undefined) {
    const names = authority.holders.map(({ name }) => name).join(', ');
    throw new LodestoneError('ERR_USAGE', `${unknown} is not a holder of ${authority.name}; its holders are ${names}`);
  }
  const kept = authority.holders.filter(({ name }) => !remove.includes(name));
  const holders = [...kept, ...add.map(checkHolder)];
  const removed = authority.holders.filter(({ name }) => remove.includes(name));
  const formerHolders = [...authority.formerHolders, ...removed].slice(-MAX_FORMER_HOLDERS);
  const next = { ...authority, holders, formerHolders, threshold: threshold ?? authority.threshold };
  checkHolders(holders, next.threshold);
  await write(next, await newOnlineKeys(authority, online, options.passphrase));
  return { ...(await prepare({ directory, now })), warnings: warningsOf(authority, kept) };
}

async function newOnlineKeys(
  { paths, online }: Authority,
  roles: readonly OnlineRole[],
  passphrase: string | undefined,
): Promise<Authority['online']> {
  const next = { ...online };
  for (const role of ONLINE_ROLES.filter((one) => roles.includes(one))) {
    next[role] = (await createLocalKey(paths.keys, role, passphrase)).signer.publicKey;
  }
  return next;
}

async function write({ paths, ...file }: Authority, online: Authority['online']): Promise<void> {
  await writeAuthority(paths, { ...file, online });
}

function warningsOf({ threshold }: Authority, kept: Authority['holders']): string[] {
  const left = kept.filter(({ roles }) => roles.includes('root')).length;
  if (left >= threshold) return [];
  return [
    `the root in force requires ${threshold} signatures, and only ${left} of its holders remain: holders that you remove must sign this rotation as well, or apps cannot follow it`,
  ];
}
