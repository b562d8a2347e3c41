/**
 * Counts what people decide about a case, in the transaction of the decision: how often, how fast, and for which technology, list, surface
 * and order. A case is deleted at once when it is dismissed, so nothing can be counted later. Flow: cases/step → here → counts.
 * Spec: docs/design/receiver.md#yearly-report
 */
import type { RecordEntry } from '@lodestone/protocol/case-record';
import type { CaseAction, CaseReason, CaseReview } from '@lodestone/protocol/case-review';
import { type CaseTechnology, SEVERAL, UNKNOWN } from '@lodestone/protocol/transparency-report';
import type { Day } from '@lodestone/protocol/time';
import { type Selectable, sql, type Transaction } from 'kysely';
import type { Measure } from '../db/schema-report.ts';
import type { Tables } from '../db/schema.ts';
import type { CasesTable } from '../db/schema-cases.ts';
import { addCounts, type Count } from './counts.ts';

type CaseRow = Selectable<CasesTable>;

/** What an action changed, as cases/step knows it. */
export interface CountedStep {
  row: CaseRow;
  /** Recorded before this one. */
  actions: readonly RecordEntry[];
  before: CaseReview;
  after: CaseReview;
  action: CaseAction;
  reason?: CaseReason | undefined;
}

export async function countStep(tx: Transaction<Tables>, step: CountedStep, today: Day): Promise<void> {
  const { row, before, after, action, actions } = step;
  const since = (day: Day): string => String(Math.max(0, today - day)); // a clock that was set back
  const days = (measure: Measure, from: Day): Count => ({ measure, dimension: 'days', key: since(from) });
  const counts: Count[] = [];
  if (action === 'take' && isFirstTake(actions)) counts.push(days('daysToReview', row.openedDay));
  const isDecision = action === 'dismiss' || (action === 'confirm' && after.state === 'confirmed');
  if (isDecision) {
    const kinds = await kindsOf(tx, row.caseNo);
    await tx.updateTable('cases').set(kinds).where('caseNo', '=', row.caseNo).execute();
    counts.push(days('daysToDecision', row.openedDay));
    counts.push(...decided(action === 'dismiss' ? 'dismissed' : 'confirmed', row, kinds, step));
  }
  if (action === 'uphold' || action === 'overturn') counts.push(days('daysToOutcome', row.stateDay));
  if (action === 'overturn')
    counts.push(...decided(before.decision === 'confirm' ? 'overturned' : 'overturnedDismissals', row, row, step));
  await addCounts(tx, today, counts);
}

/** Since the case was opened, or opened again. */
function isFirstTake(actions: readonly RecordEntry[]): boolean {
  const opened = actions.findLastIndex(({ action }) => action === 'open');
  return !actions.slice(opened + 1).some(({ action }) => action === 'take');
}

type Kinds = Pick<CaseRow, 'technology' | 'list' | 'surface'>;

function decided(measure: Measure, row: CaseRow, kinds: Kinds, { reason }: CountedStep): Count[] {
  const { technology, list, surface } = kinds;
  return [
    { measure, dimension: 'technology', key: technology ?? UNKNOWN },
    { measure, dimension: 'list', key: list ?? UNKNOWN },
    { measure, dimension: 'surface', key: surface ?? UNKNOWN },
    { measure, dimension: 'order', key: `${row.source}:${row.orderId}` },
    ...(reason === undefined ? [] : [{ measure, dimension: 'reason', key: reason } as const]),
  ];
}

/** A case with signals of several kinds counts under `several`, so that each case counts once. Withdrawn entries count as well: they are errors. */
async function kindsOf(
  tx: Transaction<Tables>,
  caseNo: number,
): Promise<{ [key in keyof Kinds]: NonNullable<Kinds[key]> }> {
  const sole = (column: string) =>
    sql<string>`case when count(distinct ${sql.ref(column)}) > 1 then ${SEVERAL} else coalesce(min(${sql.ref(column)}), ${UNKNOWN}) end`;
  const kinds = await tx
    .selectFrom('countingWindows as w')
    .innerJoin('signals as s', 's.windowNo', 'w.windowNo')
    .select([sole('s.evidence').as('technology'), sole('w.reference').as('list'), sole('s.surface').as('surface')])
    .where('w.caseNo', '=', caseNo)
    .executeTakeFirstOrThrow();
  return { ...kinds, technology: kinds.technology as CaseTechnology };
}
