/**
 * Creates an authority: its keys, and the first root, which host apps pin.
 * `threshold` of `keys` keys sign root and targets; snapshot and timestamp have one online key each.
 * Spec: docs/design/authority.md#keys, TUF 1.0 §6.1
 */
import { existsSync } from 'node:fs';
import { Metadata, Root } from '@tufjs/models';
import { check } from '@lodestone/protocol/document';
import { LodestoneError } from '@lodestone/protocol/error';
import { Name } from '@lodestone/protocol/name';
import { DAY_MS, toInstant } from '@lodestone/protocol/time';
import type { Power, Role } from '@lodestone/trust';
import { installFiles, writeAtomically } from '../repository/atomic-files.ts';
import { type Lifetimes, pathsOf, writeAuthority } from './authority.ts';
import { makeKeys, signedBytes, type SigningKey } from './keys.ts';

export interface InitOptions {
  directory: string;
  /** The authority's name, for people. Apps choose their own name for the source. */
  name: string;
  power: Power;
  now: number;
  /** Number of root keys, and of targets keys. Default: 3. */
  keys?: number;
  /** How many of them must sign. Default: 2. */
  threshold?: number;
  /** Days of validity. Default: root 730, targets 90, snapshot 30, timestamp 7, list 90. */
  lifetimeDays?: Partial<Lifetimes>;
}

const LIFETIMES: Lifetimes = { root: 730, targets: 90, snapshot: 30, timestamp: 7, list: 90 };
export const SPEC_VERSION = '1.0.31';

/** @throws {LodestoneError} `ERR_USAGE` for impossible numbers of keys, `ERR_REPOSITORY` if the folder already has an authority */
export async function initAuthority(options: InitOptions): Promise<{ rootFile: string }> {
  const { directory, power, now, keys: count = 3, threshold = 2 } = options;
  if (!Number.isInteger(count) || !Number.isInteger(threshold) || threshold < 1 || threshold > count || count > 16) {
    throw new LodestoneError(
      'ERR_USAGE',
      `${threshold} of ${count} keys: use at most 16 keys and a threshold from 1 to their number`,
    );
  }
  const paths = pathsOf(directory);
  if (existsSync(paths.file)) {
    throw new LodestoneError('ERR_REPOSITORY', `${directory} already has an authority; its keys were not changed`);
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
  await installFiles(paths.repository, new Map([['metadata/1.root.json', bytes]]));
  await writeAtomically(paths.root, bytes);
  // Written last: this file makes the folder an authority's.
  await writeAuthority(paths, { schema: 'lodestone/authority/v1', name, power, created: toInstant(now), lifetimeDays });
  return { rootFile: paths.root };
}

function keysAndRoles(
  roles: Record<Role, { keys: readonly SigningKey[]; threshold: number }>,
): Pick<ReturnType<Root['toJSON']>, 'keys' | 'roles'> {
  const keys = Object.values(roles).flatMap((role) => role.keys.map(({ key }) => [key.keyID, key.toJSON()] as const));
  const byRole = Object.entries(roles).map(([role, { keys: roleKeys, threshold }]) => {
    return [role, { keyids: roleKeys.map(({ key }) => key.keyID), threshold }] as const;
  });
  return { keys: Object.fromEntries(keys), roles: Object.fromEntries(byRole) };
}
