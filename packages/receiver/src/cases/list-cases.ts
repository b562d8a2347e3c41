/**
 * Reads cases for the people who review: a page by priority, and one case with its evidence, notes and actions.
 * Flow: database → here → cli. Promise: an auditor gets the process and no subject; an administrator gets nothing; a page
 * is one query, however many cases there are. Spec: docs/design/receiver.md#priority
 */
import { toHex } from '@lodestone/protocol/bytes';
import type { RecordEntry } from '@lodestone/protocol/case-record';
import type { CaseState, Role } from '@lodestone/protocol/case-review';
import { LodestoneError } from '@lodestone/protocol/error';
import type { Name } from '@lodestone/protocol/name';
import { type RawBuilder, type Selectable, sql } from 'kysely';
import { contestsOfCase, type ListedContest } from '../contests/list-contests.ts';
import type { CasesTable, Database } from '../db/schema.ts';
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

export interface PageOptions {
  /** Only cases in this state. */
  state?: CaseState | undefined;
  /** The last case of the page before. */
  after?: number | undefined;
  limit: number;
}

const MAX_PAGE = 200;

/** Cases by priority: with an exact match first, then more entries, then more days, then the older case. */
export async function listCases(db: Database, user: User, options: PageOptions): Promise<CaseProcess[]> {
  const seesSubjects = mayRead(user.role);
  let query = db.selectFrom('cases').selectAll();
  if (options.state !== undefined) query = query.where('state', '=', options.state);
  if (options.after !== undefined) query = query.where(isAfter(options.after));
  const rows = await query
    .orderBy(sql`exact_entries > 0`, 'desc')
    .orderBy('entries', 'desc')
    .orderBy('days', 'desc')
    .orderBy('caseNo')
    .limit(Math.min(options.limit, MAX_PAGE))
    .execute();
  return rows.map((row) => (seesSubjects ? toSummary(row) : toProcess(row)));
}

export async function readCaseFile(db: Database, user: User, caseNo: number): Promise<CaseFile> {
  const seesSubjects = mayRead(user.role);
  const row = await db.selectFrom('cases').selectAll().where('caseNo', '=', caseNo).executeTakeFirst();
  if (!row) throw new LodestoneError('ERR_CASE', `there is no case ${caseNo}; cases list shows all`);
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

/** Whether a case comes after the given one in the order of the page. */
function isAfter(caseNo: number): RawBuilder<boolean> {
  return sql`(exact_entries > 0, entries, days, -case_no) <
    (select exact_entries > 0, entries, days, -case_no from cases where case_no = ${caseNo}::integer)`;
}

function toProcess({ caseNo, state, holder, openedDay, dueDay }: Selectable<CasesTable>): CaseProcess {
  return { caseNo, state, holder, openedDay: toDate(openedDay), dueDay: dueDay === null ? null : toDate(dueDay) };
}

function toSummary(row: Selectable<CasesTable>): CaseSummary {
  const { pseudonym, source, orderId, exactEntries, entries, days, openWindows, markedDay } = row;
  return {
    ...toProcess(row),
    pseudonym: toHex(pseudonym),
    order: { source, orderId },
    exactEntries,
    entries,
    days,
    isAboveThreshold: openWindows > 0,
    markedDay: markedDay === null ? null : toDate(markedDay),
  };
}
