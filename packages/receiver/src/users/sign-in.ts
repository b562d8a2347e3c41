/**
 * Signs a user in to the console with passphrase and code. Flow: console → here → passphrase, totp, sessions.
 * Promise: a code works once; a wrong name, passphrase or code gets the same answer after the same work; attempts are limited for
 * each name and in all, on all receivers of a database together. Spec: docs/design/receiver.md#sign-in
 */
import { Name } from '@lodestone/protocol/name';
import { sql } from 'kysely';
import type { Database } from '../db/schema.ts';
import { verifyPassphrase } from './passphrase.ts';
import { CLOCK_MS, startSession } from './sessions.ts';
import { TOTP_SECRET_BYTES, totpStep } from './totp.ts';
import type { TotpEncryption } from './totp-encryption.ts';

export const ATTEMPTS_MS = 900_000;
export const ATTEMPTS_PER_NAME = 10;
export const ATTEMPTS_IN_ALL = 100;

export interface Attempt {
  name: string;
  passphrase: string;
  code: string;
}

/** @returns the token of a new session, or why there is none; `unreadable`: another secret encrypted the second factor */
export async function signIn(
  { db, totp }: { db: Database; totp: TotpEncryption },
  { name: typed, passphrase, code }: Attempt,
  now: number,
): Promise<{ session: string } | 'wrong' | 'too-many' | 'unreadable'> {
  const parsed = Name.safeParse(typed.trim());
  const name = parsed.success ? parsed.data : NO_NAME;
  if (!(await takeAttempt(db, name, now))) return 'too-many';
  const stored = await db
    .selectFrom('credentials')
    .innerJoin('users', 'users.name', 'credentials.name')
    .select(['credentials.passphrase', 'credentials.totpSecret'])
    .where('credentials.name', '=', name)
    .where('users.tokenDigest', 'is not', null)
    .executeTakeFirst();
  const isRight = await verifyPassphrase(passphrase, stored?.passphrase);
  const secret = stored && (await totp.decrypt(name, stored.totpSecret).catch(() => undefined));
  if (isRight && !secret) return 'unreadable';
  const step = totpStep(secret ?? NO_SECRET, code, now);
  if (!stored || !isRight || step === undefined) return 'wrong';
  return db.transaction().execute(async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('credentials')
      .set({ lastStep: step })
      .where('name', '=', name)
      .where('lastStep', '<', step)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) return 'wrong'; // the code was used before
    await tx.deleteFrom('signInAttempts').where('name', '=', name).execute();
    return { session: await startSession(tx, name, now) };
  });
}

const NO_NAME = 'nobody' as Name;
const NO_SECRET = new Uint8Array(TOTP_SECRET_BYTES);

/** Counts an attempt. @returns whether it is within the limits */
async function takeAttempt(db: Database, name: Name, now: number): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    await sql`lock table sign_in_attempts in share row exclusive mode`.execute(tx);
    await tx
      .deleteFrom('signInAttempts')
      .where(({ or, eb }) => or([eb('at', '<=', now - ATTEMPTS_MS), eb('at', '>', now + CLOCK_MS)]))
      .execute();
    const { all, own } = await tx
      .selectFrom('signInAttempts')
      .select(({ fn }) => [
        fn.countAll<number>().as('all'),
        fn.countAll<number>().filterWhere('name', '=', name).as('own'),
      ])
      .executeTakeFirstOrThrow();
    if (all >= ATTEMPTS_IN_ALL || own >= ATTEMPTS_PER_NAME) return false;
    await tx.insertInto('signInAttempts').values({ name, at: now }).execute();
    return true;
  });
}
