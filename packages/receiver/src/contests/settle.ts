/**
 * What follows from a decision for those who contest by receipt, and for the list's authority. Flow: cases/act → here →
 * outcome, feedback. Promise: in the transaction of the decision, so no message says what was not decided, and nothing is
 * decided that is not told. Spec: docs/design/receiver.md#contests
 */
import type { CaseAction, CaseReview } from '@lodestone/protocol/case-review';
import type { Transaction } from 'kysely';
import { RECEIVER, refused, type Stepped, stepCase } from '../cases/step.ts';
import { withdrawRequests } from '../cases/request.ts';
import type { Tables } from '../db/schema.ts';
import { writeFeedback } from '../feedback/write.ts';
import { giveOutcome, type Outcome } from './outcome.ts';
import { keepReceipts, receiptsOfSignals } from './receipts.ts';

export type Decision = Pick<Outcome, 'reason' | 'answer'> & { action: CaseAction };

/** @returns the case after what follows from the action */
export async function settleContests(
  tx: Transaction<Tables>,
  { row: { caseNo }, after }: Pick<Stepped, 'row' | 'after'>,
  { action, reason, answer }: Decision,
  now: number,
): Promise<CaseReview> {
  if (action === 'confirm' && after.state === 'confirmed') return contestAtOnce(tx, caseNo, after, now);
  if (action === 'dismiss')
    await giveOutcome(tx, await attachContests(tx, caseNo), { outcome: 'dismissed', reason, answer }, now);
  // An upheld or overturned dismissal is about no contest of the user: theirs would be of a decision against them.
  if (after.decision === 'confirm' && action === 'uphold') await judge(tx, caseNo, { outcome: 'upheld', answer }, now);
  if (after.decision === 'confirm' && action === 'overturn')
    await judge(tx, caseNo, { outcome: 'overturned', reason, answer }, now);
  if (after.decision === 'confirm' && action === 'overturn') await withdrawRequests(tx, caseNo, now);
  return after;
}

/** Users who contested before the decision: their contest opens with it. */
async function contestAtOnce(
  tx: Transaction<Tables>,
  caseNo: number,
  after: CaseReview,
  now: number,
): Promise<CaseReview> {
  const contestNos = await attachContests(tx, caseNo);
  if (contestNos.length === 0) return after;
  await tx
    .updateTable('contests')
    .set({ outcome: null, reason: null, answer: null, outcomeDay: null })
    .where('contestNo', 'in', contestNos)
    .execute();
  return (await stepCase(tx, RECEIVER, { caseNo, action: 'contest' }, now)).after;
}

async function judge(tx: Transaction<Tables>, caseNo: number, outcome: Outcome, now: number): Promise<void> {
  const contests = await contestsOf(tx, caseNo);
  if (contests.length > 0 && outcome.answer === undefined)
    throw refused(`case ${caseNo} was contested by receipt: state the reason for the user with an answer`);
  await giveOutcome(tx, contests, outcome, now);
  if (outcome.outcome === 'overturned' && outcome.reason) await writeFeedback(tx, caseNo, outcome.reason, now);
}

/** Keeps the receipts of a decided case, and finds the contests that quote one. @returns all contests of the case */
async function attachContests(tx: Transaction<Tables>, caseNo: number): Promise<number[]> {
  await keepReceipts(tx, caseNo);
  const receipts = await receiptsOfSignals(tx, caseNo);
  if (receipts.length > 0)
    await tx
      .updateTable('contests')
      .set({ caseNo })
      .where('receipt', 'in', receipts)
      .where('caseNo', 'is', null)
      .execute();
  return contestsOf(tx, caseNo);
}

async function contestsOf(tx: Transaction<Tables>, caseNo: number): Promise<number[]> {
  const rows = await tx
    .selectFrom('contests')
    .select('contestNo')
    .where('caseNo', '=', caseNo)
    .orderBy('contestNo')
    .execute();
  return rows.map(({ contestNo }) => contestNo);
}
