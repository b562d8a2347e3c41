/**
 * What people see of floods and decide about them: an entry counts again, or the list's authority is asked. Flow: cli → here →
 * cases/judge-windows, feedback. Promise: a decision is in the record, without the entry. Spec: docs/design/receiver.md#floods
 */
import { toDay } from '@lodestone/protocol/time';
import { type Selectable, sql, type Transaction } from 'kysely';
import { judgeEntry } from '../cases/judge-windows.ts';
import { integerColumn } from '../db/columns.ts';
import { refused } from '../cases/step.ts';
import type { FloodsTable, FloodState } from '../db/schema-floods.ts';
import type { Database, Tables } from '../db/schema.ts';
import { feedbackLine } from '../feedback/export.ts';
import { lockRecord, recordAction } from '../record/append.ts';
import { type User, userFor } from '../users/users.ts';

export type Flood = Selectable<FloodsTable> & {
  /** Undecided cases that have the entry. */
  cases: number;
};

const PAGE = 200;

/** The newest first, at most 200. @throws {LodestoneError} `ERR_CASE` for a role that sees no entries */
export async function listFloods(db: Database, { role }: User, state?: FloodState): Promise<Flood[]> {
  if (role !== 'lead' && role !== 'reviewer') throw refused(`a flood names an entry: ${role}s do not see it`);
  const rows = await db
    .selectFrom('floods')
    .selectAll()
    .$if(state !== undefined, (query) => query.where('state', '=', state ?? 'quarantined'))
    .orderBy('sinceDay', 'desc')
    .orderBy('floodNo', 'desc')
    .limit(PAGE)
    .execute();
  const cases = await casesOf(db, rows);
  return rows.map((row) => ({ ...row, cases: cases.get(row.floodNo) ?? 0 }));
}

/** The entry counts again, until ten times as many subjects match it. @returns how many undecided cases have it */
export async function releaseEntry(db: Database, token: string, floodNo: number, now: number): Promise<number> {
  return db.transaction().execute(async (tx) => {
    await lockRecord(tx);
    const user = await userFor(tx, token, 'release-entry');
    const flood = await lockFlood(tx, floodNo);
    if (flood.state === 'released') throw refused(`the entry of flood ${floodNo} is released already`);
    await tx.updateTable('floods').set({ state: 'released' }).where('floodNo', '=', floodNo).execute();
    await judgeEntry(tx, flood, toDay(now));
    const cases = (await casesOf(tx, [flood])).get(floodNo) ?? 0;
    await recordAction(tx, { type: 'data', action: 'release-entry', cases }, user, now);
    return cases;
  });
}

/** @returns the line of feedback for the list's authority, with its line break. The entry stays in quarantine */
export async function questionEntry(db: Database, token: string, floodNo: number, now: number): Promise<string> {
  return db.transaction().execute(async (tx) => {
    await lockRecord(tx);
    const user = await userFor(tx, token, 'question-entry');
    const flood = await lockFlood(tx, floodNo);
    if (flood.state === 'released') throw refused(`the entry of flood ${floodNo} is released; nothing is in question`);
    const { reference, entry, kind } = flood;
    if (kind !== 'match')
      throw refused(`flood ${floodNo} is of a model, which has no authority of lists; tell who made it`);
    const evidence = (await hasExact(tx, flood)) ? 'exact' : 'confirmed';
    const row = { reference, entry, evidence, reason: 'flood', day: toDay(now) } as const;
    await tx.insertInto('feedback').values(row).execute();
    await tx.updateTable('floods').set({ state: 'questioned' }).where('floodNo', '=', floodNo).execute();
    const cases = (await casesOf(tx, [flood])).get(floodNo) ?? 0;
    await recordAction(tx, { type: 'data', action: 'question-entry', cases }, user, now);
    return feedbackLine(row).join('');
  });
}

async function lockFlood(tx: Transaction<Tables>, floodNo: number): Promise<Selectable<FloodsTable>> {
  const flood = await tx.selectFrom('floods').selectAll().where('floodNo', '=', floodNo).forUpdate().executeTakeFirst();
  if (!flood) throw refused(`there is no flood ${floodNo}; floods list shows all`);
  return flood;
}

type Entry = Pick<Selectable<FloodsTable>, 'reference' | 'entry'>;

/** In one query for all floods: it reads all signals, because they have no index by entry. @returns number of the flood → undecided cases */
async function casesOf(
  db: Database | Transaction<Tables>,
  floods: readonly Pick<Flood, 'floodNo'>[],
): Promise<ReadonlyMap<number, number>> {
  const { rows } = await sql<{ floodNo: number; cases: number }>`
    select f.flood_no, count(distinct c.case_no) as cases from floods f
    join signals s on s.entry = f.entry
    join counting_windows w on w.window_no = s.window_no and w.reference = f.reference
    join cases c on c.case_no = w.case_no and not c.is_decided
    where f.flood_no = any(${integerColumn(floods.map(({ floodNo }) => floodNo))})
    group by f.flood_no`.execute(db);
  return new Map(rows.map(({ floodNo, cases }) => [floodNo, cases]));
}

async function hasExact(tx: Transaction<Tables>, { reference, entry }: Entry): Promise<boolean> {
  const { rows } = await sql`
    select 1 from signals s join counting_windows w on w.window_no = s.window_no
    where w.reference = ${reference} and s.entry = ${entry}::bigint and s.evidence = 'exact' limit 1`.execute(tx);
  return rows.length > 0;
}
