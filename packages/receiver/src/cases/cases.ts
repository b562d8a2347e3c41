/**
 * Cases: the signals of one pseudonym under one order, grouped by list entry. Flow: database → here → console.
 * Promise: a case is shown only when signals on as many distinct entries as the order's threshold arrived within one
 * counting window; this repeats the device's own count. Spec: docs/design/receiver.md#cases.
 */
import { toHex } from '@lodestone/protocol/bytes';
import type { ManifestDigest } from '@lodestone/protocol/digest';
import type { Name } from '@lodestone/protocol/name';
import type { TargetReference } from '@lodestone/protocol/paths';
import type { MatchSignal } from '@lodestone/protocol/signal';
import { DAY_MS, type Day } from '@lodestone/protocol/time';
import { type QueryCreator, type RawBuilder, sql } from 'kysely';
import type { Database, Tables } from '../db/schema.ts';

export interface CaseEntry {
  kind: MatchSignal['kind'];
  /** The list or model as the order names it; null until a refresh finds the manifest. */
  reference: TargetReference | null;
  /** Highest version of the list among the signals of this entry; null for a model, or until a refresh finds the manifest. */
  version: number | null;
  /** Entry number in the list; 0 for a model. */
  entry: number;
  signals: number;
  /** Smallest distance of the matches in bits; for a model, the highest bucket. */
  level: number;
  /** UTC day of the first match, `2026-11-24`. */
  firstDay: string;
  lastDay: string;
}

export interface Case {
  /** 32 hex digits. Only the account service can map it to an account. */
  pseudonym: string;
  order: { source: Name; orderId: Name };
  firstDay: string;
  lastDay: string;
  entries: CaseEntry[];
}

interface Row extends Omit<CaseEntry, 'firstDay' | 'lastDay'> {
  pseudonym: Uint8Array;
  source: Name;
  orderId: Name;
  firstDay: Day;
  lastDay: Day;
}

/** The number that the threshold limits within a counting window: distinct entries of a list, distinct days of a model. */
const DISTINCT: RawBuilder<number> = sql`case when signals.kind = 'match' then signals.entry else signals.day end`;
/** The list or model; until its reference is known, only signals with the same manifest add up. */
const LIST: RawBuilder<TargetReference | ManifestDigest> = sql`coalesce(signals.reference, signals.manifest_digest)`;

/** A pseudonym's counting window of one order and list that reached the threshold. */
interface OpenWindow {
  pseudonym: Uint8Array;
  source: Name;
  orderId: Name;
  newest: Day;
}

/** The `limit` cases with the latest matches, latest first. */
export async function readCases(db: Database, limit: number): Promise<Case[]> {
  const rows = await db
    .with('openWindows', windowsAtThreshold)
    .with('shown', (from) => latestCases(from, limit))
    .selectFrom('signals')
    .innerJoin('orders', 'orders.orderNo', 'signals.orderNo')
    .innerJoin('openWindows', (join) =>
      join
        .onRef('openWindows.pseudonym', '=', 'signals.pseudonym')
        .onRef('openWindows.source', '=', 'orders.source')
        .onRef('openWindows.orderId', '=', 'orders.orderId')
        .onRef('openWindows.countingWindowStart', '=', 'signals.countingWindowStart')
        .on('openWindows.list', '=', LIST),
    )
    .innerJoin('shown', (join) =>
      join
        .onRef('shown.pseudonym', '=', 'signals.pseudonym')
        .onRef('shown.source', '=', 'orders.source')
        .onRef('shown.orderId', '=', 'orders.orderId'),
    )
    .leftJoin('manifests', (join) =>
      join
        .onRef('manifests.manifestDigest', '=', 'signals.manifestDigest')
        .onRef('manifests.reference', '=', 'signals.reference'),
    )
    .select(['signals.pseudonym', 'orders.source', 'orders.orderId', 'signals.kind', 'signals.reference', 'entry'])
    .select(({ fn }) => [
      fn.max('manifests.version').as('version'),
      fn.countAll<number>().as('signals'),
      fn.min('signals.day').as('firstDay'),
      fn.max('signals.day').as('lastDay'),
      sql<number>`case when signals.kind = 'match' then min(level) else max(level) end`.as('level'),
    ])
    .groupBy(['signals.pseudonym', 'orders.source', 'orders.orderId'])
    .groupBy(['signals.kind', 'signals.reference', 'entry', LIST])
    .orderBy('signals.pseudonym')
    .orderBy('orders.source')
    .orderBy('orders.orderId')
    .orderBy('signals.reference')
    .orderBy('entry')
    .execute();
  return toCases(rows).sort((a, b) => b.lastDay.localeCompare(a.lastDay) || a.pseudonym.localeCompare(b.pseudonym));
}

function windowsAtThreshold(from: QueryCreator<Tables>) {
  return from
    .selectFrom('signals')
    .innerJoin('orders', 'orders.orderNo', 'signals.orderNo')
    .select(['pseudonym', 'source', 'orderId', 'countingWindowStart', LIST.as('list')])
    .select(({ fn }) => fn.max('day').as('newest'))
    .groupBy(['pseudonym', 'source', 'orderId', 'countingWindowStart', LIST])
    .having(sql<boolean>`count(distinct ${DISTINCT}) >= min(signals.threshold)`);
}

function latestCases(from: QueryCreator<{ openWindows: OpenWindow }>, limit: number) {
  return from
    .selectFrom('openWindows')
    .select(['pseudonym', 'source', 'orderId'])
    .groupBy(['pseudonym', 'source', 'orderId'])
    .orderBy(({ fn }) => fn.max('newest'), 'desc')
    .orderBy('pseudonym')
    .limit(limit);
}

function toCases(rows: readonly Row[]): Case[] {
  const cases = new Map<string, Case>();
  for (const { pseudonym: bytes, source, orderId, firstDay, lastDay, ...rest } of rows) {
    const pseudonym = toHex(bytes);
    const key = `${pseudonym} ${source} ${orderId}`;
    const entry = { ...rest, firstDay: toDate(firstDay), lastDay: toDate(lastDay) };
    const entries = [...(cases.get(key)?.entries ?? []), entry];
    cases.set(key, { pseudonym, order: { source, orderId }, ...daysOf(entries), entries });
  }
  return [...cases.values()];
}

function daysOf(entries: readonly CaseEntry[]): { firstDay: string; lastDay: string } {
  const first = entries.map(({ firstDay }) => firstDay).sort();
  const last = entries.map(({ lastDay }) => lastDay).sort();
  return { firstDay: first[0] ?? '', lastDay: last.at(-1) ?? '' };
}

function toDate(day: Day): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}
