/**
 * Reads cases for the people who review: a page by priority, and one case with its evidence, notes and actions.
 * Flow: database → here → cli. Promise: an auditor gets the process and no subject; an administrator gets nothing; a page
 * is one query, however many cases there are. Spec: docs/design/receiver.md#priority
 */
import { fromHex, toHex } from '@lodestone/protocol/bytes';
import type { RecordEntry } from '@lodestone/protocol/case-record';
import type { CaseState, Role } from '@lodestone/protocol/case-review';
import { LodestoneError } from '@lodestone/protocol/error';
import type { Name } from '@lodestone/protocol/name';
import type { Day } from '@lodestone/protocol/time';
import {
  type Expression,
  expressionBuilder,
  type ExpressionWrapper,
  type RawBuilder,
  type Selectable,
  sql,
  type SqlBool,
} from 'kysely';
import { contestsOfCase, type ListedContest } from '../contests/list-contests.ts';
import type { Database, Tables } from '../db/schema.ts';
import type { CasesTable } from '../db/schema-cases.ts';
import { readActions } from '../record/append.ts';
import type { User } from '../users/users.ts';
import { type CaseEntry, readCaseEntries, toDate } from './cases.ts';

export interface CaseProcess {
  caseNo: number;
  state: CaseState;
  holder: Name | null;
  openedDay: string;
  /** The day by which the next action is due; null if nothing is. */
  dueDay: string | null;
}

/** A case as who reviews it sees it. */
export interface CaseSummary extends CaseProcess {
  /** 32 hex digits. Only the account service can map it to an account. */
  pseudonym: string;
  order: { source: Name; orderId: Name };
  /** Entries with an exact match, of all entries that are not suppressed. */
  exactEntries: number;
  entries: number;
  /** Distinct days with a match. */
  days: number;
  /** False if suppressed entries brought it below the threshold. */
  isAboveThreshold: boolean;
  /** Day on which an entry of it was last found withdrawn after the decision; null if none was. */
  markedDay: string | null;
  /** Day from which on a legal hold keeps the case; null without one. */
  heldDay: string | null;
}

export interface CaseFile {
  case: CaseProcess | CaseSummary;
  actions: RecordEntry[];
  /** Undefined for an auditor. */
  evidence: { entries: CaseEntry[]; more: number } | undefined;
  /** Number of the action that a text belongs to → text; undefined for an auditor. */
  notes: ReadonlyMap<number, string> | undefined;
  /** What users contest by receipt, also before the decision; undefined for an auditor. */
  contests: ListedContest[] | undefined;
}

/** Which cases; all of what is stated must be true. */
export interface CaseFilter {
  state?: CaseState | undefined;
  /** `open`: not decided, or contested. */
  view?: 'open' | 'decided' | undefined;
  holder?: Name | undefined;
  /** Due before this day. */
  dueBefore?: Day | undefined;
  order?: { source: Name; orderId: Name } | undefined;
  /** The first digits, in hex; not for an auditor. */
  pseudonym?: string | undefined;
}

export interface PageOptions extends CaseFilter {
  /** The last case of the page before. */
  after?: number | undefined;
  limit: number;
}

const MAX_PAGE = 200;

/** Cases by priority: with an exact match first, then more entries, then more days, then the older case. @throws {LodestoneError} `ERR_CASE` if the case before the page is gone */
export async function listCases(db: Database, user: User, options: PageOptions): Promise<CaseProcess[]> {
  const seesSubjects = mayRead(user.role);
  const rows = await db
    .selectFrom('cases')
    .selectAll()
    .where(matches(user, options))
    .where(options.after === undefined ? sql<boolean>`true` : isAfter(options.after))
    .orderBy(sql`exact_entries > 0`, 'desc')
    .orderBy('entries', 'desc')
    .orderBy('days', 'desc')
    .orderBy('caseNo')
    .limit(Math.min(options.limit, MAX_PAGE))
    .execute();
  if (rows.length === 0 && options.after !== undefined) await checkExists(db, options.after);
  return rows.map((row) => (seesSubjects ? toSummary(row) : toProcess(row)));
}

/** Nobody acts on the difference between more and more. */
const MAX_COUNT = 10_000;

/** How many cases there are; "more" than that many are not counted. */
export interface CaseCount {
  count: number;
  isMore: boolean;
}

export async function countCases(db: Database, user: User, filter: CaseFilter): Promise<CaseCount> {
  mayRead(user.role);
  const { count } = await db
    .selectFrom(
      db
        .selectFrom('cases')
        .select('caseNo')
        .where(matches(user, filter))
        .limit(MAX_COUNT + 1)
        .as('counted'),
    )
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return { count: Math.min(count, MAX_COUNT), isMore: count > MAX_COUNT };
}

export async function readCaseFile(db: Database, user: User, caseNo: number): Promise<CaseFile> {
  const seesSubjects = mayRead(user.role);
  const row = await db.selectFrom('cases').selectAll().where('caseNo', '=', caseNo).executeTakeFirst();
  if (!row)
    throw new LodestoneError(
      'ERR_CASE',
      `there is no case ${caseNo}; it may have been erased, or deleted by retention`,
    );
  const actions = await readActions(db, caseNo);
  if (!seesSubjects)
    return { case: toProcess(row), actions, evidence: undefined, notes: undefined, contests: undefined };
  const notes = await db.selectFrom('caseNotes').select(['seq', 'text']).where('caseNo', '=', caseNo).execute();
  return {
    case: toSummary(row),
    actions,
    evidence: await readCaseEntries(db, caseNo),
    notes: new Map(notes.map(({ seq, text }) => [seq, text])),
    contests: await contestsOfCase(db, caseNo),
  };
}

/** Whether the role sees subjects. @throws {LodestoneError} `ERR_CASE` for a role that sees no case */
function mayRead(role: Role): boolean {
  if (role === 'administrator') throw new LodestoneError('ERR_CASE', 'an administrator manages users and sees no case');
  return role !== 'auditor';
}

function matches(
  { role }: User,
  { state, view, holder, dueBefore, order, pseudonym }: CaseFilter,
): ExpressionWrapper<Tables, 'cases', SqlBool> {
  const asksForSubject = order !== undefined || pseudonym !== undefined;
  if (asksForSubject && role === 'auditor')
    throw new LodestoneError('ERR_CASE', 'an auditor sees no order and no pseudonym, and cannot search by one');
  const eb = expressionBuilder<Tables, 'cases'>();
  const all: Expression<SqlBool>[] = [];
  if (state !== undefined) all.push(eb('state', '=', state));
  if (view === 'open') all.push(sql<SqlBool>`(not is_decided and state <> 'proposed' or state = 'contested')`);
  if (view === 'decided') all.push(sql<SqlBool>`(is_decided and state <> 'contested')`);
  if (holder !== undefined) all.push(eb('holder', '=', holder));
  if (dueBefore !== undefined) all.push(eb('dueDay', '<', dueBefore));
  if (order !== undefined) all.push(eb('source', '=', order.source), eb('orderId', '=', order.orderId));
  if (pseudonym !== undefined) {
    const [low, high] = ['0', 'f'].map((digit) => fromHex(pseudonym.toLowerCase().padEnd(32, digit)));
    if (!low || !high) throw new LodestoneError('ERR_CASE', 'a pseudonym has at most 32 hex digits');
    all.push(eb.between('pseudonym', low, high));
  }
  return eb.and(all);
}

/** Nothing comes after a case that is gone: its page would say that there are no more. */
async function checkExists(db: Database, caseNo: number): Promise<void> {
  const found = await db.selectFrom('cases').select('caseNo').where('caseNo', '=', caseNo).executeTakeFirst();
  if (!found)
    throw new LodestoneError(
      'ERR_CASE',
      `case ${caseNo}, at which the page before ended, was deleted meanwhile; begin again at the first page`,
    );
}

/** Whether a case comes after the given one in the order of the page. */
function isAfter(caseNo: number): RawBuilder<boolean> {
  return sql`(exact_entries > 0, entries, days, -case_no) <
    (select exact_entries > 0, entries, days, -case_no from cases where case_no = ${caseNo}::integer)`;
}

function toProcess({ caseNo, state, holder, openedDay, dueDay }: Selectable<CasesTable>): CaseProcess {
  return { caseNo, state, holder, openedDay: toDate(openedDay), dueDay: dueDay === null ? null : toDate(dueDay) };
}

function toSummary(row: Selectable<CasesTable>): CaseSummary {
  const { pseudonym, source, orderId, exactEntries, entries, days, openWindows, markedDay, heldDay } = row;
  return {
    ...toProcess(row),
    pseudonym: toHex(pseudonym),
    order: { source, orderId },
    exactEntries,
    entries,
    days,
    isAboveThreshold: openWindows > 0,
    markedDay: markedDay === null ? null : toDate(markedDay),
    heldDay: heldDay === null ? null : toDate(heldDay),
  };
}
