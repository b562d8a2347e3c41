/**
 * Gives contests their outcome, and writes the callback that tells it, in one transaction: neither exists without the other.
 * Flow: settle, accept, retention → here → callbacks. Spec: docs/design/receiver.md#contests
 */
import type { CaseReason } from '@lodestone/protocol/case-review';
import type { ContestEvent, ContestOutcome, ContestResult } from '@lodestone/protocol/contest';
import { type Day, toDay, toInstant } from '@lodestone/protocol/time';
import type { Selectable, Transaction } from 'kysely';
import { enqueueCallback } from '../callbacks/enqueue.ts';
import { toDate } from '../cases/cases.ts';
import type { Tables } from '../db/schema.ts';
import type { ContestsTable } from '../db/schema-contests.ts';
import { addCounts } from '../report/counts.ts';

export type ContestRow = Selectable<ContestsTable>;

export interface Outcome {
  outcome: ContestOutcome;
  reason?: CaseReason | undefined;
  answer?: string | undefined;
}

export async function giveOutcome(
  tx: Transaction<Tables>,
  contestNos: readonly number[],
  { outcome, reason, answer }: Outcome,
  now: number,
): Promise<void> {
  if (contestNos.length === 0) return;
  const rows = await tx
    .updateTable('contests')
    .set({ outcome, reason: reason ?? null, answer: answer ?? null, outcomeDay: toDay(now) })
    .where('contestNo', 'in', contestNos)
    .returningAll()
    .execute();
  await addCounts(tx, toDay(now), [{ measure: 'complaints', dimension: 'outcome', key: outcome, count: rows.length }]);
  for (const row of rows) await tellLater(tx, row, 'contest.outcome', now);
}

/** Writes a callback. It is sent as soon as a receiver with a callback address runs. */
export async function tellLater(
  tx: Transaction<Tables>,
  contest: ContestRow,
  type: ContestEvent['type'],
  now: number,
): Promise<void> {
  const data = resultOf(contest);
  if (data === null) return;
  const event: ContestEvent = { type, timestamp: toInstant(now), data };
  await enqueueCallback(tx, { target: 'contests', contestNo: contest.contestNo, caseNo: null, event }, now);
}

/** What the user receives; null without an outcome. */
export function resultOf({ receipt, outcome, reason, answer, outcomeDay }: ContestRow): ContestResult | null {
  if (outcome === null) return null;
  return {
    receipt,
    outcome,
    ...(reason !== null && { reason }),
    ...(answer !== null && { answer }),
    day: toDate(outcomeDay ?? (0 as Day)),
  };
}
