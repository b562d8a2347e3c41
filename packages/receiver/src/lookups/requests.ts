/**
 * Look-ups that wait in the database, for the console: one person asks, another signs, and who reviews saves the signed file for the account
 * service. Flow: console → here → sign. Promise: each step is in the record with the case; the subject and the signed file are for who
 * reviews; a request goes with its case. Spec: docs/design/contracts.md#look-up
 */
import { type Lookup, LOOKUP_SCHEMA, printLookup } from '@lodestone/protocol/lookup';
import { type Instant, toInstant, fromInstant } from '@lodestone/protocol/time';
import type { Selectable, Transaction } from 'kysely';
import { refused } from '../cases/step.ts';
import type { LookupsTable } from '../db/schema-lookups.ts';
import type { Database, Tables } from '../db/schema.ts';
import { lockRecord, recordAction } from '../record/append.ts';
import { userFor } from '../users/users.ts';
import { checked } from './files.ts';
import { refuseChanged, type Signer, signFirst, signSecond, subjectOf } from './sign.ts';

export const LOOKUP_STATES = ['waiting', 'signed', 'ended'] as const;
/** `waiting`: for the second signature. `ended`: nobody answers it any more. */
export type LookupState = (typeof LOOKUP_STATES)[number];

/** Without the subject. */
export interface ListedLookup extends Pick<
  LookupsTable,
  'caseNo' | 'reason' | 'askedBy' | 'askedRole' | 'signedBy' | 'signedRole'
> {
  lookupNo: number;
  state: LookupState;
  endsAt: Instant;
}

/** @returns number of the look-up. @throws {LodestoneError} `ERR_CASE`, also while another one of the case waits */
export async function askLookup(
  db: Database,
  signer: Signer,
  asked: { caseNo: number; reason: string },
  now: number,
): Promise<number> {
  return db.transaction().execute(async (tx) => {
    await lockRecord(tx);
    const { request, signatures } = checked(await signFirst(tx, signer, asked, now));
    const waiting = await tx
      .selectFrom('lookups')
      .select('lookupNo')
      .where('caseNo', '=', asked.caseNo)
      .where('signedBy', 'is', null)
      .where('endsAt', '>', now)
      .executeTakeFirst();
    if (waiting) throw refused(`look-up ${waiting.lookupNo} of case ${asked.caseNo} waits for its second signature`);
    const [first] = signatures;
    if (!first) throw refused('the look-up has no signature');
    const { lookupNo } = await tx
      .insertInto('lookups')
      .values({
        caseNo: asked.caseNo,
        reason: request.reason,
        endsAt: fromInstant(request.notAfter),
        askedBy: first.name,
        askedRole: first.role,
        askedSignature: first.signature,
      })
      .returning('lookupNo')
      .executeTakeFirstOrThrow();
    return lookupNo;
  });
}

/** The second signature. @throws {LodestoneError} `ERR_CASE` */
export async function signAsked(db: Database, signer: Signer, lookupNo: number, now: number): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await lockRecord(tx);
    const row = await rowOf(tx, lookupNo);
    const { signatures } = await signSecond(tx, signer, await lookupOf(tx, row), now);
    const second = signatures[1];
    if (!second) throw refused('the look-up has no second signature');
    await tx
      .updateTable('lookups')
      .set({ signedBy: second.name, signedRole: second.role, signedSignature: second.signature })
      .where('lookupNo', '=', lookupNo)
      .execute();
  });
}

/** The signed file, for the account service. @throws {LodestoneError} `ERR_CASE` without two signatures, or if anything changed since */
export async function saveLookup(db: Database, token: string, lookupNo: number, now: number): Promise<string> {
  return db.transaction().execute(async (tx) => {
    await lockRecord(tx);
    const user = await userFor(tx, token, 'save-lookup');
    const row = await rowOf(tx, lookupNo);
    if (row.signedBy === null) throw refused(`look-up ${lookupNo} waits for its second signature`);
    const lookup = await lookupOf(tx, row);
    await refuseChanged(tx, lookup, 'save-lookup', now);
    await recordAction(tx, { type: 'data', action: 'save-lookup', case: row.caseNo }, user, now);
    return printLookup(lookup);
  });
}

export interface LookupPage {
  /** Default all. */
  state?: LookupState | undefined;
  /** The last look-up of the page before. */
  after?: number | undefined;
  limit: number;
}

/** The newest first. Nothing leads to a subject; the reason is what a person wrote for those who sign. */
export async function listLookups(
  db: Database,
  { state, after, limit }: LookupPage,
  now: number,
): Promise<ListedLookup[]> {
  let query = db.selectFrom('lookups').selectAll().orderBy('lookupNo', 'desc').limit(limit);
  if (after !== undefined) query = query.where('lookupNo', '<', after);
  if (state !== undefined) query = query.where('endsAt', state === 'ended' ? '<=' : '>', now);
  if (state === 'waiting') query = query.where('signedBy', 'is', null);
  if (state === 'signed') query = query.where('signedBy', 'is not', null);
  return (await query.execute()).map((row) => toListed(row, now));
}

function toListed(row: Selectable<LookupsTable>, now: number): ListedLookup {
  const { lookupNo, caseNo, reason, endsAt, askedBy, askedRole, signedBy, signedRole } = row;
  const open = signedBy === null ? 'waiting' : 'signed';
  return {
    lookupNo,
    caseNo,
    reason,
    askedBy,
    askedRole,
    signedBy,
    signedRole,
    endsAt: toInstant(endsAt),
    state: endsAt <= now ? 'ended' : open,
  };
}

async function rowOf(tx: Transaction<Tables>, lookupNo: number): Promise<Selectable<LookupsTable>> {
  const row = await tx.selectFrom('lookups').selectAll().where('lookupNo', '=', lookupNo).executeTakeFirst();
  if (!row) throw refused(`there is no look-up ${lookupNo}; it may have been deleted with its case`);
  return row;
}

/** As it was signed: subject and order are those of the case. */
async function lookupOf(tx: Transaction<Tables>, row: Selectable<LookupsTable>): Promise<Lookup> {
  const { caseNo, reason, endsAt, askedBy, askedRole, askedSignature, signedBy, signedRole, signedSignature } = row;
  const second =
    signedBy === null || signedRole === null || signedSignature === null
      ? []
      : [{ name: signedBy, role: signedRole, signature: signedSignature }];
  return {
    schema: LOOKUP_SCHEMA,
    request: { case: caseNo, ...(await subjectOf(tx, caseNo)), reason, notAfter: toInstant(endsAt) },
    signatures: [{ name: askedBy, role: askedRole, signature: askedSignature }, ...second],
  };
}
