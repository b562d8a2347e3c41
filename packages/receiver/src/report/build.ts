/**
 * Builds the report of a year from the provider's statement and the receiver's figures. Flow: cli → here → html, JSON.
 * Promise: all figures are of one moment; every count passes suppress, and shares are computed from what is left.
 * Spec: docs/provide/report.md
 */
import { LodestoneError } from '@lodestone/protocol/error';
import { NO_ENTRY, parseRecordLine } from '@lodestone/protocol/case-record';
import { check } from '@lodestone/protocol/document';
import { ReportStatement } from '@lodestone/protocol/report-statement';
import { toDay, toInstant } from '@lodestone/protocol/time';
import {
  type BreakdownName,
  BREAKDOWNS,
  type Count,
  type MedianName,
  MEDIANS,
  PRECISION_KINDS,
  type PrecisionKind,
  type PrecisionRow,
  REPORT_ROWS,
  REPORT_SCHEMA,
  type ReportRow,
  SMALL_COUNT,
  type TransparencyReport,
} from '@lodestone/protocol/transparency-report';
import type { Transaction } from 'kysely';
import { type ReceiverConfig, retentionFor } from '../config.ts';
import type { Database, Tables } from '../db/schema.ts';
import type { User } from '../users/users.ts';
import { type Breakdown, DEFINITIONS } from './breakdowns.ts';
import { RELEASE } from '../release.ts';
import { NOT_KNOWN } from './not-known.ts';
import { ordersOfYear } from './orders-of-year.ts';
import { readBegan, readYear, type YearFigures } from './read-year.ts';
import { medianOf, precisionOf } from './statistics.ts';
import { show, showAlike } from './suppress.ts';

export interface ReportContext {
  db: Database;
  config: ReceiverConfig;
  /** Who runs the command. */
  user: User;
}

/**
 * @param statement about the year of the report
 * @throws {LodestoneError} `ERR_SCHEMA` for a statement that is not whole; `ERR_CASE` for a role that sees no figures; `ERR_RECEIVER` for a year that has not begun
 */
export async function buildReport(
  { db, config, user }: ReportContext,
  statement: ReportStatement,
  now: number,
): Promise<TransparencyReport> {
  const { year } = check(ReportStatement, statement, 'statement');
  if (user.role !== 'lead' && user.role !== 'auditor')
    throw new LodestoneError('ERR_CASE', `report is for a lead or auditor; ${user.name} is ${user.role}`);
  checkYear(year, now);
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) => {
      const [current, before] = [await readYear(tx, year), await readYear(tx, year - 1)];
      const breakdowns = breakdownsOf(current, before);
      return {
        schema: REPORT_SCHEMA,
        year,
        isFinal: await isOver(tx, year, now),
        writtenAt: toInstant(now),
        release: RELEASE,
        smallCount: SMALL_COUNT,
        countedSince: await readBegan(tx),
        recordHead: await readHead(tx),
        statement,
        orders: await ordersOfYear(tx, year),
        breakdowns,
        precision: record(PRECISION_KINDS, (kind) => precisionRows(breakdowns, kind)),
        medians: record(MEDIANS, (name) => ({ year: median(current, name), before: median(before, name) })),
        retention: retentionOf(config),
        notKnown: [...NOT_KNOWN],
      };
    });
}

/** @throws {LodestoneError} `ERR_RECEIVER` for a year that has not begun, by the clock of this machine, in UTC */
export function checkYear(year: number, now: number): void {
  const today = new Date(now);
  if (year > today.getUTCFullYear())
    throw new LodestoneError(
      'ERR_RECEIVER',
      `${year} has not begun: by the clock of this machine it is ${today.toISOString().slice(0, 10)} (UTC). Choose an earlier year, or set the clock`,
    );
}

function breakdownsOf(current: YearFigures, before: YearFigures): Record<BreakdownName, ReportRow[]> {
  const tables = record(BREAKDOWNS, (name) => tableOf(DEFINITIONS[name], current, before));
  const [year, last] = ([0, 1] as const).map((i) => shownOf(record(BREAKDOWNS, (name) => tables[name].counts[i])));
  return record(BREAKDOWNS, (name) =>
    tables[name].keys.map((key, i) => ({ key, year: year?.[name][i] ?? null, before: last?.[name][i] ?? null })),
  );
}

interface Table {
  keys: readonly string[];
  /** Of the year, and of the one before. */
  counts: readonly [readonly number[], readonly number[]];
}

function tableOf({ keys: fixed, read }: Breakdown, current: YearFigures, before: YearFigures): Table {
  const maps = [read(current), read(before)] as const;
  const others = [...new Set(maps.flatMap((map) => [...map.keys()]))].filter((key) => !fixed.includes(key)).sort();
  const shown = [...fixed, ...others].slice(0, REPORT_ROWS);
  const rest = [...fixed, ...others].slice(REPORT_ROWS);
  const countsOf = (map: ReadonlyMap<string, number>): number[] => {
    const of = (key: string): number => map.get(key) ?? 0;
    return [...shown.map(of), ...(rest.length > 0 ? [rest.reduce((sum, key) => sum + of(key), 0)] : [])];
  };
  return { keys: rest.length > 0 ? [...shown, 'others'] : shown, counts: [countsOf(maps[0]), countsOf(maps[1])] };
}

/** Tables of the same things are read together, and so hidden together. */
function shownOf(counts: Record<BreakdownName, readonly number[]>): Record<BreakdownName, Count[]> {
  const groups = Map.groupBy(BREAKDOWNS, (name) => DEFINITIONS[name].of ?? name);
  const shown = [...groups.values()].flatMap((names) => {
    const tables = names.map((name) => counts[name]);
    const isEach = names.every((name) => DEFINITIONS[name].kind === 'each');
    const rows = isEach ? tables.map((table) => table.map(show)) : showAlike(tables);
    return names.map((name, i) => [name, rows[i] ?? []] as const);
  });
  return Object.fromEntries(shown) as Record<BreakdownName, Count[]>;
}

const NAMES: Readonly<Record<PrecisionKind, 'Technology' | 'List' | 'Surface' | 'Order'>> = {
  technology: 'Technology',
  list: 'List',
  surface: 'Surface',
  order: 'Order',
};

/** One row for each key that has a confirmed, dismissed or overturned case. */
function precisionRows(breakdowns: TransparencyReport['breakdowns'], kind: PrecisionKind): PrecisionRow[] {
  const confirmed = byKey(breakdowns[`confirmedBy${NAMES[kind]}`]);
  const dismissed = byKey(breakdowns[`dismissedBy${NAMES[kind]}`]);
  const none = { year: 0, before: 0 };
  return [...new Set([...confirmed.keys(), ...dismissed.keys()])].map((key) => {
    const [yes, no] = [confirmed.get(key) ?? none, dismissed.get(key) ?? none];
    return { key, year: precisionOf(yes.year, no.year), before: precisionOf(yes.before, no.before) };
  });
}

const byKey = (rows: readonly ReportRow[]): Map<string, ReportRow> => new Map(rows.map((row) => [row.key, row]));

function median(year: YearFigures, name: MedianName): number | null {
  return medianOf(new Map([...year.by(name, 'days')].map(([days, count]) => [Number(days), count])));
}

/** A signal that waits for its order counts for the month in which it arrived, up to eight days later. */
async function isOver(tx: Transaction<Tables>, year: number, now: number): Promise<boolean> {
  const end = Date.UTC(year + 1, 0);
  const waiting = await tx
    .selectFrom('waiting')
    .select('arrivalDay')
    .where('arrivalDay', '<', toDay(end))
    .limit(1)
    .executeTakeFirst();
  return now >= end && waiting === undefined;
}

async function readHead(tx: Transaction<Tables>): Promise<TransparencyReport['recordHead']> {
  const last = await tx.selectFrom('recordEntries').select('line').orderBy('seq', 'desc').limit(1).executeTakeFirst();
  return last ? parseRecordLine(last.line).digest : NO_ENTRY;
}

function retentionOf(config: ReceiverConfig): Record<string, number> {
  const { signalDays, countDays, byJurisdiction = {} } = config.retention;
  const others = Object.keys(byJurisdiction).flatMap((of) =>
    Object.entries(retentionFor(config, of)).map(([key, days]) => [`${of}: ${key}`, days] as const),
  );
  return { signalDays, countDays, ...retentionFor(config, undefined), ...Object.fromEntries(others) };
}

function record<K extends string, T>(keys: readonly K[], valueOf: (key: K) => T): Record<K, T> {
  return Object.fromEntries(keys.map((key) => [key, valueOf(key)])) as Record<K, T>;
}
