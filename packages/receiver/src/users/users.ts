/**
 * The people who review. Each has one role. A token, or a session of the console, proves who acts; the receiver keeps digests. The
 * first user adds themself, as administrator. Flow: cli, console → here → cases/act. Promise: every change is in the record; a name
 * is never used again. Spec: docs/design/receiver.md#users
 */
import { createHash, randomBytes } from 'node:crypto';
import { DATA_ROLES, type DataAction } from '@lodestone/protocol/case-record';
import { type Role, SERVICE } from '@lodestone/protocol/case-review';
import { LodestoneError } from '@lodestone/protocol/error';
import type { Name } from '@lodestone/protocol/name';
import type { Transaction } from 'kysely';
import type { Database, Tables } from '../db/schema.ts';
import { lockRecord, recordAction } from '../record/append.ts';
import { issueLink } from './links.ts';
import { sessionUser } from './sessions.ts';

export interface User {
  name: Name;
  role: Role;
}

export type ListedUser = User & { isRemoved: boolean };

const TOKEN = /^lsu_[\w-]{43}$/;
/** More people than review one receiver, and few enough to show at once. */
const MAX_USERS = 1_000;

const refused = (why: string): LodestoneError<'ERR_CASE'> => new LodestoneError('ERR_CASE', why);

/** @param token of a user, or of a session. @throws {LodestoneError} `ERR_CASE` if the token belongs to nobody */
export async function signedInUser(db: Database | Transaction<Tables>, token: string): Promise<User> {
  const user = TOKEN.test(token)
    ? await db
        .selectFrom('users')
        .select(['name', 'role'])
        .where('tokenDigest', '=', digestOf(token))
        .executeTakeFirst()
    : await sessionUser(db, token);
  if (!user) throw refused('the token belongs to no user; an administrator adds users with users add');
  return user;
}

/** Who takes an action on stored data. @throws {LodestoneError} `ERR_CASE` if the role does not allow it */
export async function userFor(tx: Transaction<Tables>, token: string, action: DataAction): Promise<User> {
  const user = await signedInUser(tx, token);
  const roles = DATA_ROLES[action];
  if (!roles.includes(user.role))
    throw refused(
      `${action} is for ${roles[0]?.startsWith('a') ? 'an' : 'a'} ${roles.join(' or ')}; ${user.name} is ${user.role}`,
    );
  return user;
}

/**
 * @param token of an administrator; undefined for the first user
 * @returns the new user's token, which is shown once
 */
export async function addUser(db: Database, token: string | undefined, user: User, now: number): Promise<string> {
  return db.transaction().execute((tx) => addUserIn(tx, token, user, now));
}

export async function addUserIn(
  tx: Transaction<Tables>,
  token: string | undefined,
  user: User,
  now: number,
): Promise<string> {
  await lockRecord(tx);
  if (user.name === SERVICE) throw refused(`${SERVICE} is the receiver itself; choose another name`);
  const users = await tx.selectFrom('users').select('name').limit(MAX_USERS).execute();
  if (users.length === MAX_USERS) throw refused(`there are ${MAX_USERS} users; more are not supported`);
  if (users.some(({ name }) => name === user.name))
    throw refused(`there is, or was, a user ${user.name}; choose another name, because names are never used again`);
  const actor = users.length === 0 ? firstUser(user) : await administrator(tx, token);
  const added = `lsu_${randomBytes(32).toString('base64url')}`;
  await tx
    .insertInto('users')
    .values({ ...user, tokenDigest: digestOf(added) })
    .execute();
  await recordAction(tx, { type: 'user', action: 'add', user: user.name, userRole: user.role }, actor, now);
  return added;
}

/**
 * Makes a link with which a user sets up, or replaces, what they sign in to the console with.
 * @returns the token of the link
 */
export async function inviteUser(db: Database, token: string | undefined, name: Name, now: number): Promise<string> {
  return db.transaction().execute(async (tx) => {
    await lockRecord(tx);
    const actor = await administrator(tx, token);
    const { role } = await activeUser(tx, name);
    await recordAction(tx, { type: 'user', action: 'invite', user: name, userRole: role }, actor, now);
    return issueLink(tx, name, 'set-up', now);
  });
}

/** Ends a user's token and sessions. Cases that they hold are released by a lead. */
export async function removeUser(db: Database, token: string | undefined, name: Name, now: number): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await lockRecord(tx);
    const actor = await administrator(tx, token);
    if (actor.name === name)
      throw refused('administrators do not remove themselves, so that one is left; ask another administrator');
    const user = await activeUser(tx, name);
    for (const table of ['sessions', 'signInLinks', 'credentials'] as const)
      await tx.deleteFrom(table).where('name', '=', name).execute();
    await tx.updateTable('users').set({ tokenDigest: null }).where('name', '=', name).execute();
    await recordAction(tx, { type: 'user', action: 'remove', user: name, userRole: user.role }, actor, now);
  });
}

/** By name, at most 1,000, which is all. */
export async function listUsers(db: Database): Promise<ListedUser[]> {
  const rows = await db
    .selectFrom('users')
    .select(['name', 'role', 'tokenDigest'])
    .orderBy('name')
    .limit(MAX_USERS)
    .execute();
  return rows.map(({ name, role, tokenDigest }) => ({ name, role, isRemoved: tokenDigest === null }));
}

async function activeUser(tx: Transaction<Tables>, name: Name): Promise<User> {
  const user = await tx
    .selectFrom('users')
    .select(['name', 'role'])
    .where('name', '=', name)
    .where('tokenDigest', 'is not', null)
    .executeTakeFirst();
  if (!user) throw refused(`there is no user ${name}; users list shows all`);
  return user;
}

function firstUser(user: User): User {
  if (user.role !== 'administrator') throw refused('the first user is an administrator, who adds the others');
  return user;
}

async function administrator(tx: Transaction<Tables>, token: string | undefined): Promise<User> {
  if (token === undefined) throw refused('only an administrator changes users; set the token of one');
  const user = await signedInUser(tx, token);
  if (user.role !== 'administrator') throw refused(`only an administrator changes users; ${user.name} is ${user.role}`);
  return user;
}

function digestOf(token: string): Uint8Array {
  return createHash('sha256').update('lodestone/user-token/v1').update(token).digest();
}
