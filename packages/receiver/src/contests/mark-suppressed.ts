/**
 * Marks decided cases with an entry that the list's authority suppressed, and tells those who were told that the decision
 * stands. A case without a decision is judged again instead (cases/judge-windows.ts). Flow: sources/refresh → here → record, callbacks.
 * Promise: each mark is made once, also by several receivers and after a kill. Spec: docs/design/receiver.md#entries
 */
import { type Day, toDay } from '@lodestone/protocol/time';
import { sql, type Transaction } from 'kysely';
import { RECEIVER, stepCase } from '../cases/step.ts';
import type { Database, Tables } from '../db/schema.ts';
import { lockRecord } from '../record/append.ts';
import { tellLater } from './outcome.ts';

/** Cases of one transaction: a list may withdraw an entry that thousands of cases have, and nothing else waits for all of them. */
const CASES = 100;

/** @returns how many cases were marked */
export async function markSuppressed(db: Database, now: number): Promise<number> {
  let marked = 0;
  for (let before = -1; marked !== before;) {
    before = marked;
    if ((await unmarkedCases(db)).length === 0) break;
    marked += await db.transaction().execute(async (tx) => {
      await lockRecord(tx);
      const caseNos = await unmarkedCases(tx);
      for (const caseNo of caseNos) await markCase(tx, caseNo, now);
      return caseNos.length;
    });
  }
  return marked;
}

async function unmarkedCases(db: Database | Transaction<Tables>): Promise<number[]> {
  const rows = await db
    .selectFrom('suppressed as x')
    .innerJoin('caseReceipts as r', (join) =>
      join.onRef('r.reference', '=', 'x.reference').onRef('r.entry', '=', 'x.entry'),
    )
    .select('r.caseNo')
    .distinct()
    .where('r.isMarked', '=', false)
    .orderBy('r.caseNo')
    .limit(CASES)
    .execute();
  return rows.map(({ caseNo }) => caseNo);
}

async function markCase(tx: Transaction<Tables>, caseNo: number, now: number): Promise<void> {
  await stepCase(tx, RECEIVER, { caseNo, action: 'mark', reason: 'entry-withdrawn' }, now);
  await tx
    .updateTable('cases')
    .set({ markedDay: toDay(now) satisfies Day })
    .where('caseNo', '=', caseNo)
    .execute();
  await sql`
    update case_receipts r set is_marked = true from suppressed x
    where r.case_no = ${caseNo} and x.reference = r.reference and x.entry = r.entry`.execute(tx);
  const told = await tx
    .selectFrom('contests')
    .selectAll()
    .where('caseNo', '=', caseNo)
    .where('outcome', '=', 'upheld')
    .execute();
  for (const contest of told) await tellLater(tx, contest, 'contest.entry-withdrawn', now);
}
