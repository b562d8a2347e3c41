/**
 * Accepts a contest, and opens it if its receipt is that of a decided case. Flow: endpoint → here → cases/step, outcome.
 * Promise: what is returned does not depend on whether the receipt is known. Spec: docs/design/receiver.md#contests
 */
import type { CaseReview } from '@lodestone/protocol/case-review';
import type { ContestAnswer, ContestRequest, ContestResult, Receipt } from '@lodestone/protocol/contest';
import type { RecordEntry } from '@lodestone/protocol/case-record';
import { LodestoneError } from '@lodestone/protocol/error';
import { type Day, toDay } from '@lodestone/protocol/time';
import type { Transaction } from 'kysely';
import { toDate } from '../cases/cases.ts';
import { CONTEST_DAYS } from '../cases/due.ts';
import { readReview, RECEIVER, stepCase } from '../cases/step.ts';
import type { Database, Tables } from '../db/schema.ts';
import { lockRecord } from '../record/append.ts';
import { addCounts } from '../report/counts.ts';
import { giveOutcome, type Outcome, resultOf } from './outcome.ts';

/** Contests whose receipt is that of no decided case. Their texts may be of people who never sent anything. */
export const MAX_WAITING = 20_000;

/**
 * The first contest under a receipt is stored; a later one changes nothing.
 * @throws {LodestoneError} `ERR_RECEIVER` while too many contests wait
 */
export async function acceptContest(
  db: Database,
  { receipt, text }: ContestRequest,
  now: number,
): Promise<ContestAnswer> {
  const receivedDay = toDay(now);
  return db.transaction().execute(async (tx) => {
    await lockRecord(tx);
    const stored = await tx.selectFrom('contests').select('dueDay').where('receipt', '=', receipt).executeTakeFirst();
    if (stored) return { due: toDate(stored.dueDay) };
    await refuseFlood(tx);
    const dueDay = (receivedDay + CONTEST_DAYS) as Day;
    const { contestNo } = await tx
      .insertInto('contests')
      .values({ receipt, text, receivedDay, dueDay })
      .returning('contestNo')
      .executeTakeFirstOrThrow();
    await addCounts(tx, receivedDay, [{ measure: 'complaints', dimension: 'event', key: 'received' }]);
    await openContest(tx, contestNo, receipt, now);
    return { due: toDate(dueDay) };
  });
}

/** The outcome under a receipt; null if there is none, for whatever reason. */
export async function readOutcome(db: Database, receipt: Receipt): Promise<ContestResult | null> {
  const row = await db.selectFrom('contests').selectAll().where('receipt', '=', receipt).executeTakeFirst();
  return row ? resultOf(row) : null;
}

/** Looked at before the receipt is, so that the answer does not depend on it. */
async function refuseFlood(tx: Transaction<Tables>): Promise<void> {
  const { waiting } = await tx
    .selectFrom('contests')
    .select(({ fn }) => fn.countAll<number>().as('waiting'))
    .where('caseNo', 'is', null)
    .executeTakeFirstOrThrow();
  if (waiting >= MAX_WAITING)
    throw new LodestoneError('ERR_RECEIVER', `${waiting} contests name no decided case; no more are accepted`);
}

/** Opens the case that has the receipt, if it was decided. Without one, the contest waits. */
export async function openContest(
  tx: Transaction<Tables>,
  contestNo: number,
  receipt: Receipt,
  now: number,
): Promise<void> {
  const found = await tx.selectFrom('caseReceipts').select('caseNo').where('receipt', '=', receipt).executeTakeFirst();
  if (!found) return;
  const { caseNo } = found;
  const { numUpdatedRows } = await tx
    .updateTable('contests')
    .set({ caseNo })
    .where('contestNo', '=', contestNo)
    .where('caseNo', 'is', null)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return; // another receiver was first
  const { review, actions } = await readReview(tx, caseNo);
  const known = outcomeOf(review, actions);
  if (known === 'contestable') await stepCase(tx, RECEIVER, { caseNo, action: 'contest' }, now);
  else if (known !== 'pending')
    await giveOutcome(tx, [contestNo], { ...known, answer: await answerTo(tx, caseNo, known) }, now);
}

/** What a contest of this case leads to. A decision for the user is not questioned; one that was judged is not judged again. */
function outcomeOf(review: CaseReview, actions: readonly RecordEntry[]): 'contestable' | 'pending' | Outcome {
  const { state, decision, wasContested } = review;
  const reason = actions
    .flatMap((entry) => (entry.type === 'case' && 'reason' in entry && entry.action !== 'mark' ? [entry.reason] : []))
    .at(-1);
  if (decision === null) return 'pending';
  if (decision === 'dismiss') return state === 'overturned' ? 'pending' : { outcome: 'dismissed', reason };
  if (!wasContested) return 'contestable';
  if (state === 'contested') return 'pending';
  return state === 'overturned' ? { outcome: 'overturned', reason } : { outcome: 'upheld' };
}

/** The answer that another contest of the case got. */
async function answerTo(tx: Transaction<Tables>, caseNo: number, { outcome }: Outcome): Promise<string | undefined> {
  const other = await tx
    .selectFrom('contests')
    .select('answer')
    .where('caseNo', '=', caseNo)
    .where('outcome', '=', outcome)
    .where('answer', 'is not', null)
    .executeTakeFirst();
  return other?.answer ?? undefined;
}
