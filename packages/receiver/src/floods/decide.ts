/**
 * What a lead decides about an entry in a flood: it counts again, stays in quarantine, or the list's authority is asked. Flow: cli,
 * console → here → cases/judge-windows, feedback. Promise: a decision is in the record with its reason, without the entry; its text
 * is not. Spec: docs/design/receiver.md#floods
 */
import type { FloodAction, FloodReason } from '@lodestone/protocol/case-record';
import { Statement } from '@lodestone/protocol/contest';
import { check } from '@lodestone/protocol/document';
import { toDay } from '@lodestone/protocol/time';
import { type Selectable, sql, type Transaction } from 'kysely';
import { judgeEntry } from '../cases/judge-windows.ts';
import { refused } from '../cases/step.ts';
import type { FloodsTable } from '../db/schema-floods.ts';
import type { Database, Tables } from '../db/schema.ts';
import { feedbackLine } from '../feedback/export.ts';
import { lockRecord, recordAction } from '../record/append.ts';
import { type User, userFor } from '../users/users.ts';
import { figuresOfFlood } from './figures.ts';
import { nextFloodState } from './rules.ts';

export interface FloodStep {
  floodNo: number;
  action: FloodAction;
  reason: FloodReason;
  /** For the people who review; it is not in the record. */
  text: string;
}

export interface FloodDecided {
  /** Undecided cases that have the entry. */
  cases: number;
  /** For `question-entry`: the line of feedback for the list's authority, with its line break. */
  feedback: string;
}

/** @param token of a lead. @throws {LodestoneError} `ERR_CASE` if role or state do not allow it; `ERR_SCHEMA` for a text that is none or too long */
export async function decideFlood(
  db: Database,
  token: string,
  { floodNo, action, reason, text }: FloodStep,
  now: number,
): Promise<FloodDecided> {
  const note = check(Statement, text, 'text');
  return db.transaction().execute(async (tx) => {
    await lockRecord(tx);
    const user = await userFor(tx, token, action);
    const flood = await lockFlood(tx, floodNo);
    const next = nextFloodState(flood, action);
    if ('refusal' in next) throw refused(`flood ${floodNo} ${next.refusal}`);
    await tx.updateTable('floods').set({ state: next.state }).where('floodNo', '=', floodNo).execute();
    if (action === 'release-entry') await judgeEntry(tx, flood, toDay(now));
    const feedback = action === 'question-entry' ? await questionEntry(tx, flood, now) : '';
    const { cases } = await figuresOfFlood(tx, flood);
    const { seq } = await recordAction(tx, { type: 'data', action, reason, cases }, user, now);
    await tx.insertInto('floodNotes').values({ seq, floodNo, text: note }).execute();
    return { cases, feedback };
  });
}

/** What the authority of the entry's list was asked, once more. @returns lines with their line breaks */
export async function floodFeedback(db: Database, { role }: User, floodNo: number): Promise<string> {
  if (role !== 'lead') throw refused('only a lead exports feedback');
  const rows = await db
    .selectFrom('feedback')
    .innerJoin('floods', (join) =>
      join.onRef('floods.reference', '=', 'feedback.reference').onRef('floods.entry', '=', 'feedback.entry'),
    )
    .selectAll('feedback')
    .where('floods.floodNo', '=', floodNo)
    .where('feedback.reason', '=', 'flood')
    .orderBy('feedbackNo')
    .execute();
  if (rows.length === 0) throw refused(`nobody asked an authority about flood ${floodNo}`);
  return rows.flatMap(feedbackLine).join('');
}

async function questionEntry(tx: Transaction<Tables>, flood: Selectable<FloodsTable>, now: number): Promise<string> {
  const { reference, entry } = flood;
  const evidence = (await hasExact(tx, flood)) ? 'exact' : 'confirmed';
  const row = { reference, entry, evidence, reason: 'flood', day: toDay(now) } as const;
  await tx.insertInto('feedback').values(row).execute();
  return feedbackLine(row).join('');
}

async function lockFlood(tx: Transaction<Tables>, floodNo: number): Promise<Selectable<FloodsTable>> {
  const flood = await tx.selectFrom('floods').selectAll().where('floodNo', '=', floodNo).forUpdate().executeTakeFirst();
  if (!flood) throw refused(`there is no flood ${floodNo}; floods list shows all`);
  return flood;
}

async function hasExact(
  tx: Transaction<Tables>,
  { reference, entry }: Pick<Selectable<FloodsTable>, 'reference' | 'entry'>,
): Promise<boolean> {
  const { rows } = await sql`
    select 1 from signals s join counting_windows w on w.window_no = s.window_no
    where w.reference = ${reference} and s.entry = ${entry}::bigint and s.evidence = 'exact' limit 1`.execute(tx);
  return rows.length > 0;
}
