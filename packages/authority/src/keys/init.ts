/**
 * The ceremony with which an authority begins: its keys, and the first root that host apps pin.
 * Root and targets are signed by `threshold` of `keys` keys; snapshot and timestamp have one key each, kept online.
 */
import { existsSync } from 'node:fs';
import { Metadata, Root } from '@tufjs/models';
import { check } from '@lodestone/protocol/document';
import { LodestoneError } from '@lodestone/protocol/error';
import { Name } from '@lodestone/protocol/name';
import { DAY_MS, toInstant } from '@lodestone/protocol/time';
import type { Power, Role } from '@lodestone/trust';
import { placeFiles, writeWhole } from '../repository/folder.ts';
import { type Lifetimes, pathsOf, writeAuthority } from './authority.ts';
import { makeKeys, signedBytes, type SigningKey } from './keys.ts';

export interface InitOptions {
  directory: string;
  /** The authority's name, for people. Apps give a source its name themselves. */
  name: string;
  power: Power;
  now: number;
  /** Keys of root, and as many of targets. 3. */
  keys?: number;
  /** How many of these must sign. 2. */
  threshold?: number;
  /** Days that what is signed lasts: root 730, targets 90, snapshot 30, timestamp 7, list 90. */
  lifetimeDays?: Partial<Lifetimes>;
}

const LIFETIMES: Lifetimes = { root: 730, targets: 90, snapshot: 30, timestamp: 7, list: 90 };
export const SPEC_VERSION = '1.0.31';

/** @throws {LodestoneError} `ERR_USAGE` for numbers that make no sense, `ERR_REPOSITORY` where there is one already */
export async function initAuthority(options: InitOptions): Promise<{ rootFile: string }> {
  const { directory, power, now, keys: count = 3, threshold = 2 } = options;
  if (!Number.isInteger(count) || !Number.isInteger(threshold) || threshold < 1 || threshold > count || count > 16) {
    throw new LodestoneError('ERR_USAGE', `${threshold} of ${count} keys: at least 1 of at most 16 must sign`);
  }
  const paths = pathsOf(directory);
  if (existsSync(paths.file)) {
    throw new LodestoneError(
      'ERR_REPOSITORY',
      `${directory} is an authority's folder already; its keys stay as they are`,
    );
  }
  const lifetimeDays = { ...LIFETIMES, ...options.lifetimeDays };
  const name = check(Name, options.name, 'name');

  const root = await makeKeys(paths.keys, 'root', count);
  const bytes = signedBytes(
    new Metadata(
      Root.fromJSON({
        _type: 'root',
        spec_version: SPEC_VERSION,
        version: 1,
        expires: toInstant(now + lifetimeDays.root * DAY_MS),
        consistent_snapshot: true,
        ...keysAndRoles({
          root: { keys: root, threshold },
          targets: { keys: await makeKeys(paths.keys, 'targets', count), threshold },
          snapshot: { keys: await makeKeys(paths.keys, 'snapshot', 1), threshold: 1 },
          timestamp: { keys: await makeKeys(paths.keys, 'timestamp', 1), threshold: 1 },
        }),
      }),
    ),
    root.slice(0, threshold),
  );
  await placeFiles(paths.repository, new Map([['metadata/1.root.json', bytes]]));
  await writeWhole(paths.root, bytes);
  // Last, as the folder counts as an authority's once this file is there.
  await writeAuthority(paths, { schema: 'lodestone/authority/v1', name, power, created: toInstant(now), lifetimeDays });
  return { rootFile: paths.root };
}

function keysAndRoles(
  roles: Record<Role, { keys: readonly SigningKey[]; threshold: number }>,
): Pick<ReturnType<Root['toJSON']>, 'keys' | 'roles'> {
  const keys = Object.values(roles).flatMap((role) => role.keys.map(({ key }) => [key.keyID, key.toJSON()] as const));
  const named = Object.entries(roles).map(([role, { keys: held, threshold }]) => {
    return [role, { keyids: held.map(({ key }) => key.keyID), threshold }] as const;
  });
  return { keys: Object.fromEntries(keys), roles: Object.fromEntries(named) };
}
