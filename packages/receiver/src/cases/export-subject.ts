/**
 * Everything that is stored about a pseudonym, for the person who asks for it: cases, windows, signals and notes, without the
 * names of those who review. Flow: cli → here → a file. Promise: every table that has the pseudonym is in it; a test compares
 * it with the database's columns. Spec: docs/design/receiver.md#export-of-a-subject
 */
import { toHex } from '@lodestone/protocol/bytes';
import { type Day, toDay } from '@lodestone/protocol/time';
import type { Transaction } from 'kysely';
import type { Tables } from '../db/schema.ts';
import type { Database } from '../db/schema.ts';
import { lockRecord, readActions, recordAction } from '../record/append.ts';
import { addCounts } from '../report/counts.ts';
import { userFor } from '../users/users.ts';
import { toDate } from './cases.ts';
import { isWaitingOf, receiptsOfSubject, subjectDigest, tombstonesOf, toPseudonym } from './erase.ts';

export const SUBJECT_EXPORT_SCHEMA = 'lodestone/subject-export/v1';

export interface SubjectExport {
  schema: typeof SUBJECT_EXPORT_SCHEMA;
  pseudonym: string;
  cases: object[];
  windows: object[];
  /** What the person contested, also of cases that were deleted. */
  contests: object[];
  /** Signals whose order or list version is not known yet. */
  waiting: object[];
  /** Days of erasures, or of decisions for the user, of which a hash is kept. */
  erased: object[];
}

/** @param pseudonym 32 hex digits. @throws {LodestoneError} `ERR_CASE` for another role than lead */
export async function exportSubject(
  db: Database,
  token: string,
  pseudonym: string,
  now: number,
): Promise<SubjectExport> {
  const bytes = toPseudonym(pseudonym);
  return db.transaction().execute(async (tx) => {
    await lockRecord(tx);
    const user = await userFor(tx, token, 'export');
    const cases = await casesOf(tx, bytes);
    await recordAction(tx, { type: 'data', action: 'export', cases: cases.length }, user, now);
    await addCounts(tx, toDay(now), [{ measure: 'exports', dimension: 'format', key: 'subject' }]);
    return {
      schema: SUBJECT_EXPORT_SCHEMA,
      pseudonym,
      cases,
      windows: await windowsOf(tx, bytes),
      contests: await contestsOf(tx, bytes),
      waiting: await waitingOf(tx, bytes),
      erased: (await tombstonesOf(tx, bytes)).map(({ erasedDay, deleteAfter }) =>
        withDates({ erasedDay, deleteAfter }),
      ),
    };
  });
}

async function casesOf(tx: Transaction<Tables>, pseudonym: Uint8Array): Promise<object[]> {
  const rows = await tx.selectFrom('cases').selectAll().where('pseudonym', '=', pseudonym).orderBy('caseNo').execute();
  return Promise.all(
    rows.map(async ({ pseudonym: _, holder: __, ...row }) => {
      const notes = await tx
        .selectFrom('caseNotes')
        .select(['seq', 'text'])
        .where('caseNo', '=', row.caseNo)
        .orderBy('seq')
        .execute();
      const actions = (await readActions(tx, row.caseNo)).map(({ time, action }) => ({ time, action }));
      const lookups = await tx.selectFrom('lookups').select('reason').where('caseNo', '=', row.caseNo).execute();
      return {
        ...withDates(row),
        actions,
        notes: notes.map(({ text }) => text),
        lookups: lookups.map(({ reason }) => reason),
      };
    }),
  );
}

async function windowsOf(tx: Transaction<Tables>, pseudonym: Uint8Array): Promise<object[]> {
  const rows = await tx
    .selectFrom('countingWindows')
    .selectAll()
    .where('pseudonym', '=', pseudonym)
    .orderBy('windowNo')
    .execute();
  return Promise.all(
    rows.map(async ({ pseudonym: _, windowNo, ...row }) => {
      const signals = await tx
        .selectFrom('signals')
        .innerJoin('orders', 'orders.orderNo', 'signals.orderNo')
        .select(['signalId', 'orderDigest', 'manifestDigest', 'entry', 'level', 'evidence', 'surface', 'media'])
        .select(['day', 'arrivalDay'])
        .where('windowNo', '=', windowNo)
        .orderBy('signalId')
        .execute();
      return { ...withDates(row), signals: signals.map(withDates) };
    }),
  );
}

async function contestsOf(tx: Transaction<Tables>, pseudonym: Uint8Array): Promise<object[]> {
  const receipts = await receiptsOfSubject(tx, pseudonym);
  const rows = await tx
    .selectFrom('contests')
    .select(['receipt', 'caseNo', 'text', 'receivedDay', 'dueDay', 'outcome', 'reason', 'answer', 'outcomeDay'])
    .where(({ or, eb, selectFrom }) =>
      or([
        eb('subjectDigest', '=', subjectDigest(pseudonym)),
        eb('caseNo', 'in', selectFrom('cases').select('caseNo').where('pseudonym', '=', pseudonym)),
        ...(receipts.length > 0 ? [eb('receipt', 'in', receipts)] : []),
      ]),
    )
    .orderBy('contestNo')
    .execute();
  return rows.map(withDates);
}

async function waitingOf(tx: Transaction<Tables>, pseudonym: Uint8Array): Promise<object[]> {
  const rows = await tx.selectFrom('waiting').selectAll().where(isWaitingOf(pseudonym)).orderBy('signalId').execute();
  return rows.map(withDates);
}

/** Days as dates, bytes as hex. */
function withDates(row: object): object {
  return Object.fromEntries(
    Object.entries(row).map(([key, value]: [string, unknown]) => {
      if (value instanceof Uint8Array) return [key, toHex(new Uint8Array(value))];
      const isDay = typeof value === 'number' && (key.endsWith('Day') || key === 'day' || key === 'deleteAfter');
      return [key, isDay ? toDate(value as Day) : value];
    }),
  );
}
