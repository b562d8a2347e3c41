/**
 * Finds the cases of contests that wait. A signal can arrive in a counting window whose case was decided before; its receipt is kept with
 * that case once somebody contests with it. Until then, nothing asks for it. Flow: end-waiting → here → accept.
 * Spec: docs/design/receiver.md#contests
 */
import type { Receipt } from '@lodestone/protocol/contest';
import { receiptOf } from '@lodestone/trust';
import { sql } from 'kysely';
import type { Database } from '../db/schema.ts';
import { lockRecord } from '../record/append.ts';
import { openContest } from './accept.ts';
import { keepReceipts } from './receipts.ts';

/** Decided cases whose signals are read by one statement. */
const PAGE = 1_000;

export async function findLateSignals(db: Database, now: number): Promise<void> {
  const waiting = await db.selectFrom('contests').select('receipt').where('caseNo', 'is', null).execute();
  if (waiting.length === 0) return;
  const receipts = new Set(waiting.map(({ receipt }) => receipt));
  for (let after = 0; ;) {
    const { caseNos, last } = await contestedCases(db, receipts, after);
    for (const caseNo of caseNos)
      await db.transaction().execute(async (tx) => {
        await lockRecord(tx);
        await keepReceipts(tx, caseNo);
      });
    if (last === null) break;
    after = last;
  }
  await openFound(db, now);
}

interface Late {
  caseNo: number;
  signalId: Uint8Array;
}

/** @returns the cases of one page that have a late signal with one of the receipts, and the last case of the page; null after the last page */
async function contestedCases(
  db: Database,
  receipts: ReadonlySet<Receipt>,
  after: number,
): Promise<{ caseNos: ReadonlySet<number>; last: number | null }> {
  const page = await db
    .selectFrom('cases')
    .select('caseNo')
    .where('isDecided', '=', true)
    .where('caseNo', '>', after)
    .orderBy('caseNo')
    .limit(PAGE)
    .execute();
  const last = page.length < PAGE ? null : (page.at(-1)?.caseNo ?? null);
  const through = page.at(-1)?.caseNo ?? after;
  // A range, and not the cases by name: PostgreSQL then reads windows and signals by their indexes.
  const { rows } = await sql<Late>`
    select c.case_no, s.signal_id from cases c
    join counting_windows w on w.case_no = c.case_no
    join signals s on s.window_no = w.window_no
    where c.is_decided and c.case_no > ${after}::integer and c.case_no <= ${through}::integer and s.arrival_day >= c.state_day`.execute(
    db,
  );
  const isContested = ({ signalId }: Late): boolean => receipts.has(receiptOf(signalId) as Receipt);
  return { caseNos: new Set(rows.filter(isContested).map(({ caseNo }) => caseNo)), last };
}

async function openFound(db: Database, now: number): Promise<void> {
  const found = await db
    .selectFrom('contests')
    .innerJoin('caseReceipts', 'caseReceipts.receipt', 'contests.receipt')
    .select(['contests.contestNo', 'contests.receipt'])
    .where('contests.caseNo', 'is', null)
    .execute();
  for (const { contestNo, receipt } of found)
    await db.transaction().execute(async (tx) => {
      await lockRecord(tx);
      await openContest(tx, contestNo, receipt, now);
    });
}
