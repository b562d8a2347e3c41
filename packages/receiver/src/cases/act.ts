/**
 * Acts on a case: one transaction reads it, asks the rules, changes it and records the action. Flow: cli → here → record.
 * Promise: of two users who act at the same time, the second acts on what the first left, on every receiver of the database.
 * Spec: docs/design/receiver.md#review
 */
import {
  type CaseAction,
  type CaseReason,
  type CaseReview,
  type CaseState,
  nextReview,
  openedByEvidence,
  REASONED_ACTIONS,
  type ReasonedAction,
  REFUSALS,
  replay,
  unreviewed,
} from '@lodestone/protocol/case-review';
import type { CaseRecord, RecordEntry } from '@lodestone/protocol/case-record';
import { check } from '@lodestone/protocol/document';
import { LodestoneError } from '@lodestone/protocol/error';
import { text } from '@lodestone/protocol/text';
import { toDay } from '@lodestone/protocol/time';
import type { Selectable, Transaction } from 'kysely';
import type { CasesTable, Database, Tables } from '../db/schema.ts';
import { lockRecord, readActions, recordAction } from '../record/append.ts';
import { signedInUser } from '../users/users.ts';
import { dueDayAfter } from './due.ts';
import { retentionDays } from './keep.ts';

type CaseRow = Selectable<CasesTable>;

export interface CaseStepOptions {
  caseNo: number;
  action: CaseAction;
  /** For `dismiss` and `overturn` only. */
  reason?: CaseReason | undefined;
  /** A note for the people who review; not in the record. `note`, `dismiss`, `contest` and `overturn` need one. */
  text?: string | undefined;
}

const TEXT = text(2_000);
const NEEDS_TEXT: readonly CaseAction[] = ['note', 'dismiss', 'contest', 'overturn'];
/** Actions against the subject: they need evidence that still stands. */
const NEEDS_EVIDENCE: readonly CaseAction[] = ['open', 'confirm', 'report'];

const DECIDED: readonly CaseState[] = ['confirmed', 'reported', 'dismissed', 'contested', 'upheld', 'overturned'];

const refused = (why: string): LodestoneError<'ERR_CASE'> => new LodestoneError('ERR_CASE', why);

/**
 * @param token of the user who acts
 * @returns the state after the action
 * @throws {LodestoneError} `ERR_CASE` if the rules refuse it; `ERR_SCHEMA` for a text that is too long
 */
export async function actOnCase(
  db: Database,
  token: string,
  options: CaseStepOptions,
  now: number,
): Promise<CaseReview> {
  const note = options.text === undefined ? undefined : check(TEXT, options.text, 'text');
  const { action, caseNo } = options;
  const recorded = recordedAction(options);
  if (NEEDS_TEXT.includes(action) && note === undefined) throw refused(`${action} needs a text that explains it`);
  return db.transaction().execute(async (tx) => {
    await lockRecord(tx);
    const user = await signedInUser(tx, token);
    const row = await lockCase(tx, caseNo);
    const actions = await readActions(tx, caseNo);
    const before = reviewOf(row, actions);
    const after = nextReview(before, { action, actor: user.name, role: user.role });
    if (typeof after === 'string') throw refused(refusalText(caseNo, action, before, REFUSALS[after]));
    if (NEEDS_EVIDENCE.includes(action)) checkEvidence(row, action, actions);
    if (action === 'open') await checkOnlyCase(tx, row);
    await update(tx, row, after, action, now);
    const states = { before: before.state, after: after.state };
    const { seq } = await recordAction(tx, { type: 'case', case: caseNo, ...recorded, ...states }, user, now);
    if (note !== undefined) await tx.insertInto('caseNotes').values({ seq, caseNo, text: note }).execute();
    return after;
  });
}

type ActionWithReason =
  | { action: ReasonedAction; reason: CaseReason }
  | { action: Exclude<CaseRecord['action'], ReasonedAction> };

function recordedAction({ action, reason }: CaseStepOptions): ActionWithReason {
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

/** The record is the source: the row repeats state and holder for queries. */
function reviewOf(row: CaseRow, actions: readonly RecordEntry[]): CaseReview {
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

function refusalText(caseNo: number, action: CaseAction, { state, holder }: CaseReview, why: string): string {
  const held = holder === null ? '' : `, held by ${holder}`;
  return `case ${caseNo} is ${state}${held}: ${action} is refused, because ${why}`;
}

function checkEvidence(
  { caseNo, openWindows, exactEntries }: CaseRow,
  action: CaseAction,
  actions: readonly RecordEntry[],
): void {
  if (openWindows === 0)
    throw refused(
      `case ${caseNo} is below its threshold, because entries were suppressed: ${action} is refused; dismiss it`,
    );
  const isOpenedByLead = action === 'open' || actions.some((entry) => entry.action === 'open');
  if (exactEntries === 0 && !isOpenedByLead)
    throw refused(`case ${caseNo} has no exact match left that is not suppressed: ${action} is refused; dismiss it`);
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
