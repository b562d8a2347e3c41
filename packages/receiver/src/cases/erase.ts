/**
 * Erases what is stored about a subject, or leaves a case's subject behind, with a tombstone: a hash, so that signals of the
 * time before are not stored again. Flow: receiver, cli, end-cases → here ← ingest/store-signals. Promise: after the longest
 * counting window and the grace days the tombstone is deleted as well. Spec: docs/design/receiver.md#erasure.
 */
import { createHash } from 'node:crypto';
import { fromHex, toHex } from '@lodestone/protocol/bytes';
import { LodestoneError } from '@lodestone/protocol/error';
import type { Receipt } from '@lodestone/protocol/contest';
import { LIMITS } from '@lodestone/protocol/limits';
import type { Name } from '@lodestone/protocol/name';
import { type Day, toDay } from '@lodestone/protocol/time';
import { lastCountingDay, receiptOf } from '@lodestone/trust';
import { type RawBuilder, type Selectable, sql, type Transaction } from 'kysely';
import { bytesColumn } from '../db/columns.ts';
import type { Database, Tables } from '../db/schema.ts';
import type { TombstonesTable } from '../db/schema-signals.ts';
import { lockRecord, recordAction } from '../record/append.ts';
import { userFor } from '../users/users.ts';
import { RECEIVER, stepCase } from './step.ts';

/** What a tombstone stands for: a subject under every order, or under one whose case ended for the user. */
export interface Subject {
  pseudonym: Uint8Array;
  source: Name;
  orderId: Name;
}

/**
 * Erases a subject and records it.
 * @param pseudonym 32 hex digits. @returns the number of signals that were erased
 * @throws {LodestoneError} `ERR_CASE` for another role than lead, or while a legal hold keeps a case of the subject
 */
export async function eraseAs(db: Database, token: string, pseudonym: string, now: number): Promise<number> {
  const bytes = toPseudonym(pseudonym);
  return db.transaction().execute(async (tx) => {
    await lockRecord(tx);
    const user = await userFor(tx, token, 'erase');
    const { signals, cases } = await eraseSubject(tx, bytes, now);
    await recordAction(tx, { type: 'data', action: 'erase', cases }, user, now);
    return signals;
  });
}

/** @returns how many signals and cases were erased */
export async function eraseSubject(
  tx: Transaction<Tables>,
  pseudonym: Uint8Array,
  now: number,
): Promise<{ signals: number; cases: number }> {
  await refuseHeld(tx, pseudonym);
  await bury(tx, [[subjectDigest(pseudonym), toDay(now)]]);
  await eraseContests(tx, pseudonym);
  // Ids go with the signals: the account service issued them, so they name the account.
  const stored = await tx
    .deleteFrom('signalIds')
    .where('signalId', 'in', (eb) =>
      eb
        .selectFrom('signals')
        .innerJoin('countingWindows', 'countingWindows.windowNo', 'signals.windowNo')
        .select('signalId')
        .where('pseudonym', '=', pseudonym),
    )
    .executeTakeFirst();
  const waiting = await tx
    .deleteFrom('signalIds')
    .where('signalId', 'in', (eb) => eb.selectFrom('waiting').select('signalId').where(isWaitingOf(pseudonym)))
    .executeTakeFirst();
  const cases = await eraseCases(tx, pseudonym, now);
  return { signals: Number(stored.numDeletedRows + waiting.numDeletedRows), cases };
}

/** The record keeps their numbers, and that they were erased. @returns how many */
async function eraseCases(tx: Transaction<Tables>, pseudonym: Uint8Array, now: number): Promise<number> {
  const cases = await tx
    .selectFrom('cases')
    .select('caseNo')
    .where('pseudonym', '=', pseudonym)
    .orderBy('caseNo')
    .execute();
  for (const { caseNo } of cases) await stepCase(tx, RECEIVER, { caseNo, action: 'erase' }, now);
  await tx.deleteFrom('countingWindows').where('pseudonym', '=', pseudonym).execute();
  await tx.deleteFrom('cases').where('pseudonym', '=', pseudonym).execute();
  return cases.length;
}

/** Contests that wait for a decision, and those of deleted cases. Those of a case go with the case. */
async function eraseContests(tx: Transaction<Tables>, pseudonym: Uint8Array): Promise<void> {
  const receipts = await receiptsOfSubject(tx, pseudonym);
  for (let at = 0; at < receipts.length; at += ROWS)
    await tx
      .deleteFrom('contests')
      .where('receipt', 'in', receipts.slice(at, at + ROWS))
      .execute();
  await tx.deleteFrom('contests').where('subjectDigest', '=', subjectDigest(pseudonym)).execute();
}

/** Of the signals that are stored. */
export async function receiptsOfSubject(tx: Transaction<Tables>, pseudonym: Uint8Array): Promise<Receipt[]> {
  const signals = await tx
    .selectFrom('signals')
    .innerJoin('countingWindows', 'countingWindows.windowNo', 'signals.windowNo')
    .select('signalId')
    .where('pseudonym', '=', pseudonym)
    .execute();
  return signals.map(({ signalId }) => receiptOf(signalId) as Receipt);
}

/** Values of one statement, far below PostgreSQL's limit of 65,535. */
const ROWS = 10_000;

async function refuseHeld(tx: Transaction<Tables>, pseudonym: Uint8Array): Promise<void> {
  const held = await tx
    .selectFrom('cases')
    .select('caseNo')
    .where('pseudonym', '=', pseudonym)
    .where('heldDay', 'is not', null)
    .orderBy('caseNo')
    .executeTakeFirst();
  if (held)
    throw new LodestoneError(
      'ERR_CASE',
      `a legal hold keeps case ${held.caseNo} of this subject; a lead ends it with unhold ${held.caseNo}`,
    );
}

/** Signals of these subjects and orders up to the day after the end are not stored again. */
export async function buryCases(
  tx: Transaction<Tables>,
  ended: readonly (Subject & { endedDay: Day })[],
): Promise<void> {
  const latest = new Map<string, Day>();
  for (const each of ended) {
    const key = toHex(caseDigest(each));
    latest.set(key, Math.max(each.endedDay, latest.get(key) ?? 0) as Day);
  }
  await bury(
    tx,
    [...latest].map(([digest, day]) => [fromHex(digest), day]),
  );
}

async function bury(
  tx: Transaction<Tables>,
  ended: readonly (readonly [digest: Uint8Array, day: Day])[],
): Promise<void> {
  if (ended.length === 0) return;
  await tx
    .insertInto('tombstones')
    .values(
      ended.map(([pseudonymDigest, erasedDay]) => ({
        pseudonymDigest,
        erasedDay,
        // A clock that is a day ahead; then the longest window and the grace days.
        deleteAfter: lastCountingDay((erasedDay + 1) as Day, LIMITS.signalWithinDays),
      })),
    )
    .onConflict((conflict) =>
      conflict.column('pseudonymDigest').doUpdateSet(({ fn, ref }) => ({
        erasedDay: fn<Day>('greatest', [ref('tombstones.erasedDay'), ref('excluded.erasedDay')]),
        deleteAfter: fn<Day>('greatest', [ref('tombstones.deleteAfter'), ref('excluded.deleteAfter')]),
      })),
    )
    .execute();
}

/** The last day of matches that are not stored; undefined for a subject and order without a tombstone. */
export type ErasedUntil = (subject: Subject) => Day | undefined;

export async function erasedSubjects(tx: Transaction<Tables>, subjects: readonly Subject[]): Promise<ErasedUntil> {
  const digests = subjects.flatMap((subject) => [subjectDigest(subject.pseudonym), caseDigest(subject)]);
  const rows = await tx
    .selectFrom('tombstones')
    .select(['pseudonymDigest', 'erasedDay'])
    .where(sql<boolean>`pseudonym_digest = any(${bytesColumn(digests)})`)
    .execute();
  if (rows.length === 0) return () => undefined;
  const days = new Map(rows.map((row) => [toHex(row.pseudonymDigest), row.erasedDay]));
  return (subject) => {
    const ofBoth = [subjectDigest(subject.pseudonym), caseDigest(subject)].map(toHex);
    const found = ofBoth.flatMap((digest) => days.get(digest) ?? []);
    return found.length === 0 ? undefined : (Math.max(...found) as Day);
  };
}

/** The tombstones of a subject, under every order that was ever in force. */
export async function tombstonesOf(
  tx: Transaction<Tables>,
  pseudonym: Uint8Array,
): Promise<Pick<Selectable<TombstonesTable>, 'erasedDay' | 'deleteAfter'>[]> {
  const orders = await tx.selectFrom('lineages').select(['source', 'orderId']).execute();
  const digests = [subjectDigest(pseudonym), ...orders.map((order) => caseDigest({ pseudonym, ...order }))];
  return tx
    .selectFrom('tombstones')
    .select(['erasedDay', 'deleteAfter'])
    .where('pseudonymDigest', 'in', digests)
    .orderBy('erasedDay')
    .execute();
}

/** @throws {LodestoneError} `ERR_RECEIVER` */
export function toPseudonym(hex: string): Uint8Array {
  if (!/^[0-9a-f]{32}$/.test(hex))
    throw new LodestoneError('ERR_RECEIVER', 'a pseudonym is 16 bytes in hex; copy it from the case');
  return fromHex(hex);
}

/** Whether a waiting signal has the pseudonym: bytes 88 to 103 of its plaintext. */
export function isWaitingOf(pseudonym: Uint8Array): RawBuilder<boolean> {
  return sql<boolean>`substring(plaintext from 89 for 16) = ${pseudonym}`;
}

/** Finds what is kept without the pseudonym. */
export function subjectDigest(pseudonym: Uint8Array): Uint8Array {
  return createHash('sha256').update('lodestone/erased/v1').update(pseudonym).digest();
}

function caseDigest({ pseudonym, source, orderId }: Subject): Uint8Array {
  return createHash('sha256').update('lodestone/ended/v1').update(pseudonym).update(`${source} ${orderId}`).digest();
}
