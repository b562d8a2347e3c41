/**
 * Contests for the people who judge them: those of a case, those without an outcome, and the one under a receipt. Flow: cli,
 * list-cases → here. Promise: a receipt finds a case only if somebody contests with it. Spec: docs/design/receiver.md#contests
 */
import type { ContestOutcome, Receipt } from '@lodestone/protocol/contest';
import { type RawBuilder, sql } from 'kysely';
import { toDate } from '../cases/cases.ts';
import { refused } from '../cases/step.ts';
import type { Database } from '../db/schema.ts';
import type { User } from '../users/users.ts';
import type { ContestRow } from './outcome.ts';
import { receiptsOfSignals } from './receipts.ts';

export interface ListedContest {
  contestNo: number;
  /** Null while no decided case has the receipt. */
  caseNo: number | null;
  receivedDay: string;
  /** The day by which the user has an outcome. */
  dueDay: string;
  outcome: ContestOutcome | null;
  text: string;
  /** The sentence that the user got. */
  answer: string | null;
}

export const CONTESTS_PAGE = 200;

/**
 * Contests of decided cases that nobody has judged, the most urgent first, at most 200.
 * @param after the last contest of the page before
 */
export async function listContests(db: Database, user: User, after?: number): Promise<ListedContest[]> {
  checkRole(user);
  const rows = await db
    .selectFrom('contests')
    .selectAll()
    .where('caseNo', 'is not', null)
    .where('outcome', 'is', null)
    .where(after === undefined ? sql<boolean>`true` : isAfter(after))
    .orderBy('dueDay')
    .orderBy('contestNo')
    .limit(CONTESTS_PAGE)
    .execute();
  if (rows.length === 0 && after !== undefined) await checkExists(db, after);
  return rows.map(toListed);
}

/** A contest ends with its case. Nothing comes after one that is gone: its page would say that no contest waits. */
async function checkExists(db: Database, contestNo: number): Promise<void> {
  const found = await db
    .selectFrom('contests')
    .select('contestNo')
    .where('contestNo', '=', contestNo)
    .executeTakeFirst();
  if (!found)
    throw refused(
      `contest ${contestNo}, at which the page before ended, was deleted meanwhile; begin again at the first page`,
    );
}

/** @throws {LodestoneError} `ERR_CASE` if nobody contests with this receipt */
export async function findContest(db: Database, user: User, receipt: Receipt): Promise<ListedContest> {
  checkRole(user);
  const row = await db.selectFrom('contests').selectAll().where('receipt', '=', receipt).executeTakeFirst();
  if (!row) throw refused('nobody contests with this receipt; a receipt finds a case only once somebody does');
  return toListed(row);
}

/** Contests of the case, also those that wait for its decision. */
export async function contestsOfCase(db: Database, caseNo: number): Promise<ListedContest[]> {
  const receipts = await receiptsOfSignals(db, caseNo);
  const rows = await db
    .selectFrom('contests')
    .selectAll()
    .where(({ or, eb }) =>
      or([eb('caseNo', '=', caseNo), ...(receipts.length > 0 ? [eb('receipt', 'in', receipts)] : [])]),
    )
    .orderBy('contestNo')
    .execute();
  return rows.map(toListed);
}

function isAfter(contestNo: number): RawBuilder<boolean> {
  return sql`(due_day, contest_no) >
    (select due_day, contest_no from contests where contest_no = ${contestNo}::integer)`;
}

function checkRole({ role }: User): void {
  if (role !== 'reviewer' && role !== 'lead') throw refused(`a contest has what a user wrote: ${role}s do not see it`);
}

function toListed({ contestNo, caseNo, receivedDay, dueDay, outcome, text, answer }: ContestRow): ListedContest {
  return { contestNo, caseNo, receivedDay: toDate(receivedDay), dueDay: toDate(dueDay), outcome, text, answer };
}
