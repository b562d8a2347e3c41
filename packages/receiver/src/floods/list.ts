/**
 * Entries that many subjects matched at once, for people: a page of them, and one with what was decided. Flow: cli, console → here → figures.
 * Promise: an auditor gets the process, and no list, entry or text; an administrator gets nothing. Spec: docs/design/receiver.md#floods
 */
import { parseRecordLine, type RecordEntry } from '@lodestone/protocol/case-record';
import type { Role } from '@lodestone/protocol/case-review';
import { type Selectable, sql } from 'kysely';
import { toDate } from '../cases/cases.ts';
import { refused } from '../cases/step.ts';
import { FLOOD_STATES, type FloodsTable, type FloodState } from '../db/schema-floods.ts';
import type { Database } from '../db/schema.ts';
import type { User } from '../users/users.ts';
import { type FloodDay, type FloodFigures, floodFigures, figuresOfFlood, NO_FIGURES } from './figures.ts';

/** What an auditor sees as well. */
export interface FloodProcess {
  floodNo: number;
  state: FloodState;
  sinceDay: string;
  /** Distinct subjects of the two days until then. */
  subjects: number;
}

export interface Flood extends FloodProcess {
  reference: FloodsTable['reference'];
  kind: FloodsTable['kind'];
  entry: number;
  now: FloodFigures;
}

/** What was done about a flood, in order. */
export interface FloodDecision {
  entry: RecordEntry;
  /** Undefined for an auditor. */
  text: string | undefined;
}

export interface FloodPage {
  /** Default all. */
  states?: readonly FloodState[] | undefined;
  /** The last flood of the page before. */
  after?: number | undefined;
  limit: number;
}

/** In these, what is not exact is held back. */
export const HELD_BACK: readonly FloodState[] = FLOOD_STATES.filter((state) => state !== 'released');
const MAX_PAGE = 200;

/** The newest first. @throws {LodestoneError} `ERR_CASE` for an administrator, or if the flood before the page is none */
export async function listFloods(
  db: Database,
  { role }: User,
  { states = FLOOD_STATES, after, limit }: FloodPage,
): Promise<(FloodProcess | Flood)[]> {
  const seesEntries = maySee(role);
  if (after !== undefined) await rowOf(db, after);
  const rows = await db
    .selectFrom('floods')
    .selectAll()
    .where('state', 'in', states)
    .$if(after !== undefined, (query) =>
      query.where(
        sql<boolean>`(since_day, flood_no) < (select since_day, flood_no from floods where flood_no = ${after}::integer)`,
      ),
    )
    .orderBy('sinceDay', 'desc')
    .orderBy('floodNo', 'desc')
    .limit(Math.min(limit, MAX_PAGE))
    .execute();
  if (!seesEntries) return rows.map(toProcess);
  const figures = await floodFigures(
    db,
    rows.map(({ floodNo }) => floodNo),
  );
  return rows.map((row) => toFlood(row, figures.get(row.floodNo)));
}

/** @throws {LodestoneError} `ERR_CASE` if there is none, or for an administrator */
export async function readFlood(
  db: Database,
  { role }: User,
  floodNo: number,
): Promise<{ flood: FloodProcess | Flood; decisions: FloodDecision[]; byDay: FloodDay[] }> {
  const seesEntries = maySee(role);
  const row = await rowOf(db, floodNo);
  const notes = await db
    .selectFrom('floodNotes')
    .innerJoin('recordEntries', 'recordEntries.seq', 'floodNotes.seq')
    .select(['line', 'text'])
    .where('floodNo', '=', floodNo)
    .orderBy('floodNotes.seq')
    .execute();
  const decisions = notes.map(({ line, text }) => ({
    entry: parseRecordLine(line),
    text: seesEntries ? text : undefined,
  }));
  if (!seesEntries) return { flood: toProcess(row), decisions, byDay: [] };
  const { byDay, ...figures } = await figuresOfFlood(db, row);
  return { flood: toFlood(row, figures), decisions, byDay };
}

async function rowOf(db: Database, floodNo: number): Promise<Selectable<FloodsTable>> {
  const row = await db.selectFrom('floods').selectAll().where('floodNo', '=', floodNo).executeTakeFirst();
  if (!row) throw refused(`there is no flood ${floodNo}; floods list shows all`);
  return row;
}

/** Whether the role sees entries. */
function maySee(role: Role): boolean {
  if (role === 'administrator') throw refused('an administrator manages users and sees no flood');
  return role !== 'auditor';
}

const toProcess = ({ floodNo, state, sinceDay, subjects }: Selectable<FloodsTable>): FloodProcess => ({
  floodNo,
  state,
  sinceDay: toDate(sinceDay),
  subjects,
});

function toFlood(row: Selectable<FloodsTable>, figures: FloodFigures = NO_FIGURES): Flood {
  const { reference, kind, entry } = row;
  return { ...toProcess(row), reference, kind, entry, now: figures };
}
