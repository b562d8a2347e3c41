/**
 * The root metadata that an authority's folder calls for: its holders' keys, its online keys, and its threshold. Pure.
 * Spec: docs/design/authority.md#keys, TUF 1.0 §4.3 and §6.1
 */
import { DAY_MS, toInstant } from '@lodestone/protocol/time';
import { canonicalJson, type Role, type RootSigned } from '@lodestone/trust';
import { sha256Hex } from '../repository/digest.ts';
import type { AuthorityFile } from './authority.ts';
import { keyIdOf, tufKey } from './signer.ts';

/** The version of the TUF specification that this tool follows. */
export const SPEC_VERSION = '1.0.31';

/**
 * The root to publish next, or undefined if the published one is still right: it names the same keys and thresholds, and at
 * least half of its days remain.
 */
export function nextRoot(
  authority: AuthorityFile,
  published: RootSigned | undefined,
  now: number,
): RootSigned | undefined {
  const expires = toInstant(now + authority.lifetimeDays.root * DAY_MS);
  const keysAndRoles = keysAndRolesOf(authority);
  const next: RootSigned = {
    _type: 'root',
    spec_version: SPEC_VERSION,
    version: (published?.version ?? 0) + 1,
    expires,
    consistent_snapshot: true,
    ...keysAndRoles,
  };
  if (!published) return next;
  const { keys, roles } = published;
  const isOld = Date.parse(published.expires) - now < (authority.lifetimeDays.root * DAY_MS) / 2;
  return isOld || digestOf({ keys, roles }) !== digestOf(keysAndRoles) ? next : undefined;
}

const digestOf = (value: unknown): string => sha256Hex(canonicalJson(value));

function keysAndRolesOf({ holders, online, threshold }: AuthorityFile): Pick<RootSigned, 'keys' | 'roles'> {
  const held = (role: 'root' | 'targets'): string[] =>
    holders.filter(({ roles }) => roles.includes(role)).map(({ publicKey }) => publicKey);
  const byRole: Record<Role, string[]> = {
    root: held('root'),
    targets: held('targets'),
    snapshot: [online.snapshot],
    timestamp: [online.timestamp],
  };
  const keys = Object.fromEntries(
    Object.values(byRole).flatMap((all) => all.map((publicKey) => [keyIdOf(publicKey), tufKey(publicKey)] as const)),
  );
  const role = (name: Role, count: number): RootSigned['roles'][Role] => ({
    keyids: byRole[name].map(keyIdOf).sort(),
    threshold: count,
  });
  return {
    keys,
    roles: {
      root: role('root', threshold),
      targets: role('targets', threshold),
      snapshot: role('snapshot', 1),
      timestamp: role('timestamp', 1),
    },
  };
}
