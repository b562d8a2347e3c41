/**
 * Cases with their evidence: the signals of one pseudonym under one order, grouped by list entry. Flow: database → here →
 * console, review. Promise: a case is shown only when signals on as many distinct entries as the order's threshold arrived
 * within one counting window (judge-windows.ts), one of them exact, or when a lead opened it; work and result are bounded.
 * Spec: docs/design/receiver.md#cases.
 */
import { toHex } from '@lodestone/protocol/bytes';
import type { CaseState } from '@lodestone/protocol/case-review';
import type { Name } from '@lodestone/protocol/name';
import type { TargetReference } from '@lodestone/protocol/paths';
import type { MatchSignal } from '@lodestone/protocol/signal';
import { DAY_MS, type Day } from '@lodestone/protocol/time';
import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../db/schema.ts';

export interface CaseEntry {
  kind: MatchSignal['kind'];
  /** The list or model as the order names it. */
  reference: TargetReference;
  /** Highest version of the list among the signals of this entry; null for a model, or for a version that is no longer kept. */
  version: number | null;
  /** Entry number in the list; 0 for a model. */
  entry: number;
  signals: number;
  /** How many of them are exact: the file's SHA-256 is listed. The others are near matches that a classifier confirmed, or a classifier's. */
  exactSignals: number;
  /** Smallest distance of the matches in bits; for a model, the highest bucket. */
  level: number;
  /** The list's authority withdrew the entry after it matched: it was suppressed, or the newest version of the list has it no longer. It does not count towards the threshold. */
  isSuppressed: boolean;
  /** Many subjects matched the entry at once, and no lead has released it. Only exact matches on it count. */
  isFlood: boolean;
  /** UTC day of the first match, `2026-11-24`. */
  firstDay: string;
  lastDay: string;
}

export const CASE_STATUSES = ['open', 'closed'] as const;
/** "closed": suppressed entries brought it below the threshold. */
export type CaseStatus = (typeof CASE_STATUSES)[number];

export interface Case {
  /** Never reused, and says nothing about the subject. */
  caseNo: number;
  /** Where its review stands. */
  state: CaseState;
  /** 32 hex digits. Only the account service can map it to an account. */
  pseudonym: string;
  order: { source: Name; orderId: Name };
  status: CaseStatus;
  firstDay: string;
  lastDay: string;
  /** At most 100, those with the latest matches. */
  entries: CaseEntry[];
  /** Number of entries that are not shown. */
  moreEntries: number;
}

export const MAX_CASE_ENTRIES = 100;

interface CaseRow {
  caseNo: number;
  state: CaseState;
  pseudonym: Uint8Array;
  source: Name;
  orderId: Name;
  openWindows: number;
}

interface EntryRow extends Omit<CaseEntry, 'firstDay' | 'lastDay'> {
  firstDay: Day;
  lastDay: Day;
  total: number;
}

/** The `limit` cases with the latest matches, latest first. */
export async function readCases(db: Database, limit: number): Promise<Case[]> {
  const cases = await latestCases(db, limit);
  const shown: Case[] = [];
  for (const each of cases) {
    const evidence = await readCaseEntries(db, each.caseNo);
    if (evidence.entries.length > 0) shown.push(toCase(each, evidence));
  }
  return shown.sort((a, b) => b.lastDay.localeCompare(a.lastDay) || a.pseudonym.localeCompare(b.pseudonym));
}

async function latestCases(db: Database, limit: number): Promise<CaseRow[]> {
  return db
    .selectFrom('cases')
    .select(['caseNo', 'state', 'pseudonym', 'source', 'orderId', 'openWindows'])
    .where('state', '<>', 'proposed')
    .orderBy('newestDay', 'desc')
    .orderBy('pseudonym')
    .limit(limit)
    .execute();
}

/**
 * Those with the latest matches. One query for each case: every one reads few rows by index, whatever the planner knows
 * about the tables.
 */
export async function readCaseEntries(db: Database, caseNo: number): Promise<{ entries: CaseEntry[]; more: number }> {
  const rows = await entryRows(db, caseNo);
  const entries = rows.map(({ total: _, firstDay, lastDay, ...rest }) => ({
    ...rest,
    firstDay: toDate(firstDay),
    lastDay: toDate(lastDay),
  }));
  return { entries, more: (rows[0]?.total ?? 0) - rows.length };
}

async function entryRows(db: Database, caseNo: number): Promise<EntryRow[]> {
  const entries = await db
    .selectFrom('countingWindows as w')
    .innerJoin('signals as s', 's.windowNo', 'w.windowNo')
    .leftJoin('manifests as m', (join) =>
      join.onRef('m.manifestDigest', '=', 's.manifestDigest').onRef('m.reference', '=', 'w.reference'),
    )
    .leftJoin('suppressed as x', (join) =>
      join.onRef('x.reference', '=', 'w.reference').onRef('x.entry', '=', 's.entry'),
    )
    .leftJoin('floods as f', (join) =>
      join.onRef('f.reference', '=', 'w.reference').onRef('f.entry', '=', 's.entry').on('f.state', '<>', 'released'),
    )
    .select(['w.kind', 'w.reference', 's.entry'])
    .select(({ fn }) => [
      fn.max('m.version').as('version'),
      fn.countAll<number>().as('signals'),
      fn.countAll<number>().filterWhere('s.evidence', '=', 'exact').as('exactSignals'),
      fn.min<Day>('s.day').as('firstDay'),
      fn.max<Day>('s.day').as('lastDay'),
    ])
    .select([
      LEVEL.as('level'),
      IS_SUPPRESSED.as('isSuppressed'),
      IS_FLOOD.as('isFlood'),
      sql<number>`count(*) over ()`.as('total'),
    ])
    .where('w.caseNo', '=', caseNo)
    .groupBy(['w.kind', 'w.reference', 's.entry'])
    .orderBy('lastDay', 'desc')
    .orderBy('w.reference')
    .orderBy('s.entry')
    .limit(MAX_CASE_ENTRIES)
    .execute();
  return entries.sort((a, b) => a.reference.localeCompare(b.reference) || a.entry - b.entry);
}

const LEVEL: RawBuilder<number> = sql`case when w.kind = 'match' then min(s.level) else max(s.level) end`;
const IS_SUPPRESSED: RawBuilder<boolean> = sql`bool_or(x.entry is not null)`;
const IS_FLOOD: RawBuilder<boolean> = sql`bool_or(f.entry is not null)`;

function toCase(row: CaseRow, { entries, more }: Awaited<ReturnType<typeof readCaseEntries>>): Case {
  return {
    caseNo: row.caseNo,
    state: row.state,
    pseudonym: toHex(row.pseudonym),
    order: { source: row.source, orderId: row.orderId },
    status: row.openWindows > 0 ? 'open' : 'closed',
    firstDay: entries.map(({ firstDay }) => firstDay).reduce((a, b) => (a < b ? a : b)),
    lastDay: entries.map(({ lastDay }) => lastDay).reduce((a, b) => (a > b ? a : b)),
    entries,
    moreEntries: more,
  };
}

export function toDate(day: Day): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}
