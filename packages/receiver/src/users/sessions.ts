/**
 * Browsers that are signed in to the console. Flow: sign-in, set-up → here ← console, users. Promise: the database has a digest of
 * each token, and no token; a session ends when it is idle, at the latest after a working day, and with its user.
 * Spec: docs/design/receiver.md#sign-in
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Role } from '@lodestone/protocol/case-review';
import type { Name } from '@lodestone/protocol/name';
import type { Transaction } from 'kysely';
import type { Database, Tables } from '../db/schema.ts';

/** A session without a request for so long ends. */
export const IDLE_MS = 1_800_000;
/** Every session ends after so long. */
export const SESSION_MS = 28_800_000;
const MINUTE_MS = 60_000;
/** Receivers of one database have several clocks. What lies further ahead was written while a clock was wrong, and has ended. */
export const CLOCK_MS = 300_000;
/** A further sign-in of the same user ends the oldest. */
const SESSIONS_PER_USER = 8;

const TOKEN = /^lss_[\w-]{43}$/;

type Queries = Database | Transaction<Tables>;

/** @returns the new session's token */
export async function startSession(db: Queries, name: Name, now: number): Promise<string> {
  const token = `lss_${randomBytes(32).toString('base64url')}`;
  await db
    .deleteFrom('sessions')
    .where(({ or, eb }) =>
      or([
        eb('seenAt', '<=', now - IDLE_MS),
        eb('startedAt', '<=', now - SESSION_MS),
        eb('startedAt', '>', now + CLOCK_MS),
      ]),
    )
    .execute();
  await db
    .deleteFrom('sessions')
    .where('digest', 'in', (eb) =>
      eb
        .selectFrom('sessions')
        .select('digest')
        .where('name', '=', name)
        .orderBy('startedAt', 'desc')
        .offset(SESSIONS_PER_USER - 1),
    )
    .execute();
  await db
    .insertInto('sessions')
    .values({ digest: digestOf(token), name, startedAt: now, seenAt: now })
    .execute();
  return token;
}

/** Who sends the request, if the session has not ended; this keeps it from becoming idle. */
export async function useSession(
  db: Database,
  token: string,
  now: number,
): Promise<{ name: Name; role: Role } | undefined> {
  const found = TOKEN.test(token)
    ? await sessionsOf(db, token)
        .select('sessions.seenAt')
        .where('sessions.seenAt', '>', now - IDLE_MS)
        .where('sessions.startedAt', '>', now - SESSION_MS)
        .where('sessions.startedAt', '<=', now + CLOCK_MS)
        .executeTakeFirst()
    : undefined;
  if (!found) return undefined;
  const { seenAt, ...user } = found;
  if (now - seenAt >= MINUTE_MS)
    await db.updateTable('sessions').set({ seenAt: now }).where('digest', '=', digestOf(token)).execute();
  return user;
}

/** Whose session it is. The console checked before that it has not ended. */
export async function sessionUser(db: Queries, token: string): Promise<{ name: Name; role: Role } | undefined> {
  return TOKEN.test(token) ? sessionsOf(db, token).executeTakeFirst() : undefined;
}

export async function endSession(db: Database, token: string): Promise<void> {
  await db.deleteFrom('sessions').where('digest', '=', digestOf(token)).execute();
}

function sessionsOf(db: Queries, token: string) {
  return db
    .selectFrom('sessions')
    .innerJoin('users', 'users.name', 'sessions.name')
    .select(['users.name', 'users.role'])
    .where('sessions.digest', '=', digestOf(token))
    .where('users.tokenDigest', 'is not', null);
}

function digestOf(token: string): Uint8Array {
  return createHash('sha256').update('lodestone/session/v1').update(token).digest();
}
