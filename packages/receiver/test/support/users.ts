/** Users of every role, for suites that need their tokens and not the rules of adding them. */
import { createHash, randomBytes } from 'node:crypto';
import { type Role, ROLES } from '@lodestone/protocol/case-review';
import type { Name } from '@lodestone/protocol/name';
import type { Database } from '../../src/db/schema.ts';

/** @param prefix of the names. @returns the token of each role */
export async function insertUsers(db: Database, prefix: string): Promise<Record<Role, string>> {
  const tokens = ROLES.map((role) => [role, `lsu_${randomBytes(32).toString('base64url')}`] as const);
  await db
    .insertInto('users')
    .values(
      tokens.map(([role, token]) => ({
        name: `${prefix}-${role}` as Name,
        role,
        tokenDigest: createHash('sha256').update('lodestone/user-token/v1').update(token).digest(),
      })),
    )
    .execute();
  return Object.fromEntries(tokens) as Record<Role, string>;
}
