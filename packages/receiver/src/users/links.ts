/**
 * One-time links into the console. With one, a user chooses a passphrase and connects an authenticator; a new link for the same user
 * ends the one before. Flow: users → here ← console. Promise: a link works once and not after its end; opening its page does not use
 * it. Spec: docs/design/receiver.md#sign-in
 */
import { createHash, randomBytes } from 'node:crypto';
import { LodestoneError } from '@lodestone/protocol/error';
import type { Name } from '@lodestone/protocol/name';
import type { Transaction } from 'kysely';
import type { Database, Tables } from '../db/schema.ts';
import type { SignInLinkKind } from '../db/schema-users.ts';
import { checkPassphrase, hashPassphrase } from './passphrase.ts';
import { CLOCK_MS, startSession } from './sessions.ts';
import { offeredTotpSecret, TOTP_SECRET_BYTES, totpStep } from './totp.ts';
import type { TotpEncryption } from './totp-encryption.ts';

export const LINK_MS: Readonly<Record<SignInLinkKind, number>> = { 'set-up': 86_400_000, trial: 600_000 };

/** @returns the token of the link */
export async function issueLink(
  db: Database | Transaction<Tables>,
  name: Name,
  kind: SignInLinkKind,
  now: number,
): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  const link = {
    digest: digestOf(token),
    name,
    kind,
    totpSalt: randomBytes(TOTP_SECRET_BYTES),
    endsAt: now + LINK_MS[kind],
  };
  await db
    .insertInto('signInLinks')
    .values(link)
    .onConflict((conflict) => conflict.column('name').doUpdateSet(link))
    .execute();
  return token;
}

export interface OpenLink {
  name: Name;
  kind: SignInLinkKind;
  totpSecret: Uint8Array;
}

/** What a link is for; undefined if it was used, has ended, or was never issued. */
export async function readLink(db: Database, token: string, now: number): Promise<OpenLink | undefined> {
  const found = await db
    .selectFrom('signInLinks')
    .select(['name', 'kind', 'totpSalt', 'endsAt'])
    .where('digest', '=', digestOf(token))
    .executeTakeFirst();
  if (!found) return undefined;
  const { name, kind, totpSalt, endsAt } = found;
  if (endsAt <= now || endsAt > now + LINK_MS[kind] + CLOCK_MS) return undefined;
  return { name, kind, totpSecret: offeredTotpSecret(token, totpSalt) };
}

/**
 * Uses a link up. A set-up replaces what the user signed in with before, and ends their sessions.
 * @returns the token of a new session; undefined if the link does not work any more
 * @throws {LodestoneError} `ERR_CASE` for a wrong code or a short passphrase; the link stays
 */
export async function useLink(
  { db, totp }: { db: Database; totp: TotpEncryption },
  token: string,
  chosen: { passphrase: string; code: string },
  now: number,
): Promise<{ name: Name; session: string } | undefined> {
  const link = await readLink(db, token, now);
  if (!link) return undefined;
  const credentials = link.kind === 'set-up' ? await newCredentials(link, totp, chosen, now) : undefined;
  return db.transaction().execute(async (tx) => {
    const used = await tx
      .deleteFrom('signInLinks')
      .where('digest', '=', digestOf(token))
      .returning('name')
      .executeTakeFirst();
    if (!used) return undefined;
    if (credentials) {
      await tx
        .insertInto('credentials')
        .values({ name: link.name, ...credentials })
        .onConflict((conflict) => conflict.column('name').doUpdateSet(credentials))
        .execute();
      await tx.deleteFrom('sessions').where('name', '=', link.name).execute();
    }
    return { name: link.name, session: await startSession(tx, link.name, now) };
  });
}

async function newCredentials(
  { name, totpSecret }: OpenLink,
  totp: TotpEncryption,
  { passphrase, code }: { passphrase: string; code: string },
  now: number,
): Promise<{ passphrase: string; totpSecret: Uint8Array; lastStep: number }> {
  checkPassphrase(passphrase);
  const lastStep = totpStep(totpSecret, code, now);
  if (lastStep === undefined)
    throw new LodestoneError('ERR_CASE', 'the code is not the one that your authenticator shows now; check its clock');
  return { passphrase: await hashPassphrase(passphrase), totpSecret: await totp.encrypt(name, totpSecret), lastStep };
}

function digestOf(token: string): Uint8Array {
  return createHash('sha256').update('lodestone/sign-in-link/v1').update(token).digest();
}
