/**
 * Receipts of the signals of a case. While a case is not decided they are computed from its signals; from the decision on they
 * are kept with it, because signals are deleted sooner. Flow: settle, list-cases → here. Spec: docs/design/receiver.md#contests
 */
import type { Receipt } from '@lodestone/protocol/contest';
import { receiptOf } from '@lodestone/trust';
import type { Transaction } from 'kysely';
import type { Database, Tables } from '../db/schema.ts';

/** Rows of one statement, far below PostgreSQL's 65,535 parameters. */
const ROWS = 5_000;

/** Of the signals that are stored. Their number is bounded by that of the counting windows. */
export async function receiptsOfSignals(db: Database | Transaction<Tables>, caseNo: number): Promise<Receipt[]> {
  return (await signalsOf(db, caseNo)).map(({ signalId }) => receiptOf(signalId) as Receipt);
}

/** Keeps the receipts of the case's signals. Called when it is decided, and for signals that arrive later. */
export async function keepReceipts(tx: Transaction<Tables>, caseNo: number): Promise<void> {
  const rows = (await signalsOf(tx, caseNo)).map(({ signalId, ...rest }) => ({
    receipt: receiptOf(signalId) as Receipt,
    caseNo,
    ...rest,
  }));
  for (let at = 0; at < rows.length; at += ROWS)
    await tx
      .insertInto('caseReceipts')
      .values(rows.slice(at, at + ROWS))
      .onConflict((conflict) => conflict.column('receipt').doNothing())
      .execute();
}

async function signalsOf(db: Database | Transaction<Tables>, caseNo: number) {
  return db
    .selectFrom('countingWindows as w')
    .innerJoin('signals as s', 's.windowNo', 'w.windowNo')
    .leftJoin('suppressed as x', (join) =>
      join.onRef('x.reference', '=', 'w.reference').onRef('x.entry', '=', 's.entry'),
    )
    .select(['s.signalId', 'w.reference', 's.entry', 's.evidence'])
    .select(({ eb }) => eb('x.entry', 'is not', null).$castTo<boolean>().as('isMarked'))
    .where('w.caseNo', '=', caseNo)
    .execute();
}
