/**
 * Erases what is stored about a subject, and leaves a tombstone: a hash of the pseudonym, so that signals of the time before
 * are not stored again. Flow: receiver, cli → here ← ingest/store-signals. Promise: after the longest counting window and
 * the grace days the tombstone is deleted as well. Spec: docs/design/receiver.md#erasure.
 */
import { createHash } from 'node:crypto';
import { fromHex, toHex } from '@lodestone/protocol/bytes';
import { LodestoneError } from '@lodestone/protocol/error';
import type { Receipt } from '@lodestone/protocol/contest';
import { LIMITS } from '@lodestone/protocol/limits';
import { type Day, toDay } from '@lodestone/protocol/time';
import { lastCountingDay, receiptOf } from '@lodestone/trust';
import { sql, type Transaction } from 'kysely';
import type { Database, Tables } from '../db/schema.ts';
import { lockRecord } from '../record/append.ts';
import { RECEIVER, stepCase } from './step.ts';

/** @param pseudonym 32 hex digits. @returns the number of signals that were erased */
export async function eraseSubject(db: Database, pseudonym: string, now: number): Promise<number> {
  if (!/^[0-9a-f]{32}$/.test(pseudonym))
    throw new LodestoneError('ERR_RECEIVER', 'a pseudonym is 16 bytes in hex; copy it from the case');
  const bytes = fromHex(pseudonym);
  const erasedDay = toDay(now);
  // A clock that is a day ahead; then the longest window and the grace days.
  const deleteAfter = lastCountingDay((erasedDay + 1) as Day, LIMITS.signalWithinDays);
  return db.transaction().execute(async (tx) => {
    await lockRecord(tx);
    await tx
      .insertInto('tombstones')
      .values({ pseudonymDigest: digestOf(bytes), erasedDay, deleteAfter })
      .onConflict((conflict) => conflict.column('pseudonymDigest').doUpdateSet({ erasedDay, deleteAfter }))
      .execute();
    await eraseContests(tx, bytes);
    // Ids go with the signals: the account service issued them, so they name the account.
    const stored = await tx
      .deleteFrom('signalIds')
      .where('signalId', 'in', (eb) =>
        eb
          .selectFrom('signals')
          .innerJoin('countingWindows', 'countingWindows.windowNo', 'signals.windowNo')
          .select('signalId')
          .where('pseudonym', '=', bytes),
      )
      .executeTakeFirst();
    const waiting = await tx
      .deleteFrom('signalIds')
      .where('signalId', 'in', (eb) =>
        eb
          .selectFrom('waiting')
          .select('signalId')
          .where(sql<boolean>`substring(plaintext from 89 for 16) = ${bytes}`),
      )
      .executeTakeFirst();
    await eraseCases(tx, bytes, now);
    return Number(stored.numDeletedRows + waiting.numDeletedRows);
  });
}

/** The record keeps their numbers, and that they were erased. */
async function eraseCases(tx: Transaction<Tables>, pseudonym: Uint8Array, now: number): Promise<void> {
  const cases = await tx
    .selectFrom('cases')
    .select('caseNo')
    .where('pseudonym', '=', pseudonym)
    .orderBy('caseNo')
    .execute();
  for (const { caseNo } of cases) await stepCase(tx, RECEIVER, { caseNo, action: 'erase' }, now);
  await tx.deleteFrom('countingWindows').where('pseudonym', '=', pseudonym).execute();
  await tx.deleteFrom('cases').where('pseudonym', '=', pseudonym).execute();
}

/** Contests that wait for a decision. Those of a case go with the case. */
async function eraseContests(tx: Transaction<Tables>, pseudonym: Uint8Array): Promise<void> {
  const signals = await tx
    .selectFrom('signals')
    .innerJoin('countingWindows', 'countingWindows.windowNo', 'signals.windowNo')
    .select('signalId')
    .where('pseudonym', '=', pseudonym)
    .execute();
  const receipts = signals.map(({ signalId }) => receiptOf(signalId) as Receipt);
  for (let at = 0; at < receipts.length; at += ROWS)
    await tx
      .deleteFrom('contests')
      .where('receipt', 'in', receipts.slice(at, at + ROWS))
      .execute();
}

/** Values of one statement, far below PostgreSQL's limit of 65,535. */
const ROWS = 10_000;

/** The erased ones among these subjects: pseudonym in hex → day of the erasure. */
export async function erasedSubjects(
  tx: Transaction<Tables>,
  pseudonyms: readonly Uint8Array[],
): Promise<ReadonlyMap<string, Day>> {
  const byDigest = new Map(pseudonyms.map((pseudonym) => [toHex(digestOf(pseudonym)), toHex(pseudonym)]));
  if (byDigest.size === 0) return new Map();
  const rows = await tx
    .selectFrom('tombstones')
    .select(['pseudonymDigest', 'erasedDay'])
    .where('pseudonymDigest', 'in', [...byDigest.keys()].map(fromHex))
    .execute();
  return new Map(rows.map((row) => [byDigest.get(toHex(row.pseudonymDigest)) ?? '', row.erasedDay]));
}

function digestOf(pseudonym: Uint8Array): Uint8Array {
  return createHash('sha256').update('lodestone/erased/v1').update(pseudonym).digest();
}
