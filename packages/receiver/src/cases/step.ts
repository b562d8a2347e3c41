/**
 * One action on one case, in a transaction that holds the record's lock: reads the case, asks the rules, changes it and records
 * the action. Flow: act, contests → here → record. Promise: what the row says is what the recorded actions say.
 * Spec: docs/design/receiver.md#review
 */
import {
  actionsIn,
  type CaseAction,
  type CaseReason,
  type CaseReview,
  type CaseState,
  nextReview,
  openedByEvidence,
  REASONED_ACTIONS,
  type ReasonedAction,
  type Refusal,
  REFUSALS,
  replay,
  SERVICE,
  unreviewed,
} from '@lodestone/protocol/case-review';
import type { CaseRecord, RecordEntry } from '@lodestone/protocol/case-record';
import { LodestoneError } from '@lodestone/protocol/error';
import { toDay } from '@lodestone/protocol/time';
import type { RecordActor } from '@lodestone/trust';
import type { Selectable, Transaction } from 'kysely';
import type { Tables } from '../db/schema.ts';
import type { CasesTable } from '../db/schema-cases.ts';
import { readActions, recordAction } from '../record/append.ts';
import { countStep } from '../report/count-case.ts';
import { dueDayAfter } from './due.ts';
import { retentionDays } from './keep.ts';

/** The receiver itself, as an actor. */
export const RECEIVER: RecordActor = { name: SERVICE, role: 'service' };

export type CaseRow = Selectable<CasesTable>;

export interface Step {
  caseNo: number;
  action: CaseAction;
  /** For actions that state a reason, and no others. */
  reason?: CaseReason | undefined;
}

/** What an action changed. */
export interface Stepped {
  row: CaseRow;
  before: CaseReview;
  after: CaseReview;
  /** Number of the action in the record. */
  seq: number;
}

/** Actions against the subject: they need evidence that still stands. */
const NEEDS_EVIDENCE: readonly CaseAction[] = ['open', 'confirm', 'report'];

const DECIDED: readonly CaseState[] = ['confirmed', 'reported', 'dismissed', 'contested', 'upheld', 'overturned'];

export const refused = (why: string): LodestoneError<'ERR_CASE'> => new LodestoneError('ERR_CASE', why);

/** @throws {LodestoneError} `ERR_CASE` if the rules refuse it; nothing is changed then */
export async function stepCase(tx: Transaction<Tables>, actor: RecordActor, step: Step, now: number): Promise<Stepped> {
  const { caseNo, action } = step;
  const recorded = recordedAction(step);
  const { row, actions, review: before } = await readReview(tx, caseNo);
  const after = nextReview(before, { action, actor: actor.name, role: actor.role });
  if (typeof after === 'string') throw refused(refusalText(caseNo, action, before, after));
  if (NEEDS_EVIDENCE.includes(action)) checkEvidence(row, action, actions);
  if (action === 'report') refuseMarked(caseNo, actions);
  if (action === 'open') await checkOnlyCase(tx, row);
  await update(tx, row, after, action, now);
  const states = { before: before.state, after: after.state };
  const { seq } = await recordAction(tx, { type: 'case', case: caseNo, ...recorded, ...states }, actor, now);
  await countStep(tx, { row, actions, before, after, action, reason: step.reason }, toDay(now));
  return { row, before, after, seq };
}

/** A case with its recorded actions, locked. The record is the source: the row repeats state and holder for queries. */
export async function readReview(
  tx: Transaction<Tables>,
  caseNo: number,
): Promise<{ row: CaseRow; actions: readonly RecordEntry[]; review: CaseReview }> {
  const row = await lockCase(tx, caseNo);
  const actions = await readActions(tx, caseNo);
  return { row, actions, review: reviewOf(row, actions) };
}

type ActionWithReason =
  | { action: ReasonedAction; reason: CaseReason }
  | { action: Exclude<CaseRecord['action'], ReasonedAction> };

function recordedAction({ action, reason }: Step): ActionWithReason {
  if (isReasoned(action)) {
    if (reason === undefined) throw refused(`${action} needs a reason`);
    return { action, reason };
  }
  if (reason !== undefined) throw refused(`${action} has no reason; only ${REASONED_ACTIONS.join(' and ')} have one`);
  return { action };
}

function isReasoned(action: CaseAction): action is ReasonedAction {
  return (REASONED_ACTIONS as readonly CaseAction[]).includes(action);
}

async function lockCase(tx: Transaction<Tables>, caseNo: number): Promise<CaseRow> {
  const row = await tx.selectFrom('cases').selectAll().where('caseNo', '=', caseNo).forUpdate().executeTakeFirst();
  if (!row) throw refused(`there is no case ${caseNo}; it may have been erased, or deleted by retention`);
  return row;
}

/** @throws {LodestoneError} `ERR_RECEIVER` if the record breaks its own rules */
export function reviewOf(row: Pick<CaseRow, 'caseNo' | 'state'>, actions: readonly RecordEntry[]): CaseReview {
  let review: CaseReview | undefined;
  for (const action of actions) {
    if (action.type !== 'case') continue;
    const next = replay(review, action);
    if (typeof next === 'string')
      throw new LodestoneError(
        'ERR_RECEIVER',
        `the record of case ${row.caseNo} breaks its rules at entry ${action.seq} (${next}); was the database changed by hand?`,
      );
    review = next;
  }
  review ??= unreviewed(row.state === 'proposed' ? 'proposed' : 'new');
  return row.state === 'new' ? openedByEvidence(review) : review;
}

function refusalText(caseNo: number, action: CaseAction, { state, holder }: CaseReview, why: Refusal): string {
  const held = holder === null ? '' : `, held by ${holder}`;
  const possible = actionsIn(state).join(', ');
  const instead = why === 'state' && possible !== '' ? `; what can follow is: ${possible}` : '';
  return `case ${caseNo} is ${state}${held}: ${action} is refused, because ${REFUSALS[why]}${instead}`;
}

function checkEvidence(
  { caseNo, openWindows, exactEntries }: CaseRow,
  action: CaseAction,
  actions: readonly RecordEntry[],
): void {
  if (openWindows === 0)
    throw refused(
      `case ${caseNo} is below its threshold, because entries were withdrawn or are in a flood: ${action} is refused; dismiss it`,
    );
  const isOpenedByLead = action === 'open' || actions.some((entry) => entry.action === 'open');
  if (exactEntries === 0 && !isOpenedByLead)
    throw refused(`case ${caseNo} has no exact match left that is not withdrawn: ${action} is refused; dismiss it`);
}

/** @throws {LodestoneError} `ERR_CASE` if an entry was withdrawn after the latest decision: nobody has judged what is left */
export function refuseMarked(caseNo: number, actions: readonly RecordEntry[]): void {
  const decided = actions.findLastIndex(({ action }) => action === 'confirm' || action === 'uphold');
  const marked = actions.findLastIndex(({ action }) => action === 'mark');
  if (marked <= decided) return;
  const next = actions.some(({ action }) => action === 'contest')
    ? 'it was contested before, so nobody can judge what is left'
    : `cases contest ${caseNo} lets others judge what is left`;
  throw refused(`an entry of case ${caseNo} was withdrawn after the decision: it is not reported; ${next}`);
}

/** One undecided case for a subject and an order: a case that is opened again must not be a second one. */
async function checkOnlyCase(tx: Transaction<Tables>, { caseNo, pseudonym, source, orderId }: CaseRow): Promise<void> {
  const other = await tx
    .selectFrom('cases')
    .select('caseNo')
    .where('pseudonym', '=', pseudonym)
    .where('source', '=', source)
    .where('orderId', '=', orderId)
    .where('isDecided', '=', false)
    .where('caseNo', '<>', caseNo)
    .executeTakeFirst();
  if (other) throw refused(`case ${other.caseNo} of the same subject and order is not decided yet: continue there`);
}
async function update(
  tx: Transaction<Tables>,
  row: CaseRow,
  { state, holder, decision }: CaseReview,
  action: CaseAction,
  now: number,
): Promise<void> {
  const today = toDay(now);
  await tx
    .updateTable('cases')
    .set({
      state,
      holder,
      isDecided: DECIDED.includes(state),
      decision,
      ...retentionDays(row, state, today),
      stateDay: state === row.state ? row.stateDay : today,
      dueDay: dueDayAfter(action, today, row.dueDay),
    })
    .where('caseNo', '=', row.caseNo)
    .execute();
}
