/**
 * Deletes the cases whose time is over, with their windows, signals and notes. Flow: retention, cli → here → keep.
 * Promise: of a case that ended for the user, a hash stays for 105 days, so that what arrived before does not come back; the
 * record has each deletion, with the case's number. Spec: docs/design/receiver.md#retention
 */
import { type Day, toDay } from '@lodestone/protocol/time';
import type { Selectable, Transaction } from 'kysely';
import type { TrustedTime } from '../clock/trusted-time.ts';
import { type ReceiverConfig, retentionFor } from '../config.ts';
import type { Database, Tables } from '../db/schema.ts';
import type { CasesTable } from '../db/schema-cases.ts';
import { lockRecord, recordAction } from '../record/append.ts';
import { newestOrder } from '../sources/newest-order.ts';
import { buryCases, subjectDigest } from './erase.ts';
import { type CaseRetention, deletionDay, endedForUser } from './keep.ts';
import { RECEIVER } from './step.ts';

type Row = Pick<
  Selectable<CasesTable>,
  | 'caseNo'
  | 'pseudonym'
  | 'source'
  | 'orderId'
  | 'state'
  | 'decision'
  | 'openedDay'
  | 'stateDay'
  | 'decidedDay'
  | 'heldDay'
>;

/** Cases of one transaction, during which nobody acts on a case. */
const PAGE = 200;

/** @returns how many were deleted */
export async function endCases(db: Database, config: ReceiverConfig, now: TrustedTime): Promise<number> {
  const today = toDay(now);
  let deleted = 0;
  for (let from = 0; ;) {
    const page = await db.transaction().execute(async (tx) => {
      await lockRecord(tx); // nobody acts on a case, or holds it, meanwhile
      const rows = await candidates(tx, config, today, from);
      const due = await dueCases(tx, config, rows, today);
      await deleteCases(tx, due, now);
      return { last: rows.at(-1)?.caseNo, deleted: due.length };
    });
    deleted += page.deleted;
    if (page.last === undefined) return deleted;
    from = page.last + 1;
  }
}

/** How many cases the next run would delete. */
export async function countDueCases(db: Database, config: ReceiverConfig, today: Day): Promise<number> {
  return db.transaction().execute(async (tx) => {
    let due = 0;
    for (let from = 0; ;) {
      const rows = await candidates(tx, config, today, from);
      due += (await dueCases(tx, config, rows, today)).length;
      const last = rows.at(-1)?.caseNo;
      if (last === undefined) return due;
      from = last + 1;
    }
  });
}

/** A confirmed case has no earlier day than its decision; so most are not read. */
async function candidates(tx: Transaction<Tables>, config: ReceiverConfig, today: Day, from: number): Promise<Row[]> {
  const { retention } = config;
  const all = [undefined, ...Object.keys(retention.byJurisdiction ?? {})].map((of) => retentionFor(config, of));
  const least = (key: keyof CaseRetention): Day => (today - Math.min(...all.map((rules) => rules[key]))) as Day;
  return tx
    .selectFrom('cases')
    .select(['caseNo', 'pseudonym', 'source', 'orderId', 'state', 'decision', 'openedDay', 'stateDay', 'decidedDay'])
    .select('heldDay')
    .where('caseNo', '>=', from)
    .where('heldDay', 'is', null)
    .where(({ eb, or, and }) =>
      or([
        and([eb('isDecided', '=', false), eb('openedDay', '<=', least('undecidedDays'))]),
        and([eb('state', 'in', ['confirmed', 'reported']), eb('decidedDay', '<=', least('confirmedDays'))]),
        eb('state', 'in', ['dismissed', 'contested', 'upheld', 'overturned']),
      ]),
    )
    .orderBy('caseNo')
    .limit(PAGE)
    .execute();
}

async function dueCases(
  tx: Transaction<Tables>,
  config: ReceiverConfig,
  rows: readonly Row[],
  today: Day,
): Promise<Row[]> {
  const jurisdictions = new Map<string, string | undefined>();
  const due: Row[] = [];
  for (const row of rows) {
    const key = `${row.source} ${row.orderId}`;
    if (!jurisdictions.has(key)) jurisdictions.set(key, (await newestOrder(tx, row))?.legal.jurisdiction);
    const day = deletionDay({ ...row, isHeld: row.heldDay !== null }, retentionFor(config, jurisdictions.get(key)));
    if (day !== null && day <= today) due.push(row);
  }
  return due;
}

async function deleteCases(tx: Transaction<Tables>, due: readonly Row[], now: number): Promise<void> {
  if (due.length === 0) return;
  const caseNos = due.map(({ caseNo }) => caseNo);
  await buryCases(
    tx,
    due.filter(endedForUser).map((row) => ({ ...row, endedDay: row.stateDay })),
  );
  for (const { caseNo, state, pseudonym } of due) {
    const states = { before: state, after: state };
    await recordAction(tx, { type: 'case', case: caseNo, action: 'expire', ...states }, RECEIVER, now);
    // Contests, their outcomes and callbacks last longer than the case: see contests/end-waiting.ts. The digest finds them for erasure.
    await tx
      .updateTable('contests')
      .set({ caseNo: null, subjectDigest: subjectDigest(pseudonym) })
      .where('caseNo', '=', caseNo)
      .execute();
  }
  await tx.deleteFrom('countingWindows').where('caseNo', 'in', caseNos).execute();
  await tx.deleteFrom('cases').where('caseNo', 'in', caseNos).execute();
}
