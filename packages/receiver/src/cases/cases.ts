/**
 * Cases: what a reviewer may see. Signals of one subject under one order, grouped by listed entry; none until `after`
 * different entries have arrived within one window, the second check on the device's own count. Spec: DESIGN §4, §9.
 */
import { toHex } from '@lodestone/protocol/bytes';
import type { Digest } from '@lodestone/protocol/digest';
import type { Name } from '@lodestone/protocol/name';
import type { TargetReference } from '@lodestone/protocol/paths';
import { DAY_MS, type Day } from '@lodestone/protocol/time';
import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../db/schema.ts';

export interface CaseEntry {
  kind: 'match' | 'sensitive';
  /** The list or model, as the order names it; null while the release is not known here. */
  reference: TargetReference | null;
  /** Newest version of the list that a signal of this entry names; null for a model, or while not known. */
  version: number | null;
  /** 0 for a model. */
  entry: number;
  signals: number;
  /** The smallest distance of a match, in bits; the highest bucket of a model. */
  level: number;
  /** UTC days of the matches, `2026-11-24`. */
  firstDay: string;
  lastDay: string;
}

export interface Case {
  /** The subject's pseudonym, 32 hex digits. Whose it is, only the account service knows. */
  subject: string;
  order: { source: Name; id: Name };
  firstDay: string;
  lastDay: string;
  entries: CaseEntry[];
}

interface Row extends Omit<CaseEntry, 'firstDay' | 'lastDay'> {
  pseudonym: Uint8Array;
  source: Name;
  name: Name;
  firstDay: Day;
  lastDay: Day;
}

/** What counts as different within a window: entries of a list, days of a model. */
const DIFFERENT: RawBuilder<number> = sql`case when signals.kind = 'match' then signals.entry else signals.day end`;
/** The list or model, or the one release of it while its name is not known. */
const LIST: RawBuilder<TargetReference | Digest> = sql`coalesce(signals.reference, signals.manifest)`;

/** The cases that were added to last, newest first. */
export async function readCases(db: Database, limit: number): Promise<Case[]> {
  const rows = await db
    .with('windows', (from) =>
      from
        .selectFrom('signals')
        .innerJoin('orders', 'orders.no', 'signals.orderNo')
        .select(['pseudonym', 'source', 'name', 'windowStart', LIST.as('list')])
        .select(({ fn }) => fn.max('day').as('newest'))
        .groupBy(['pseudonym', 'source', 'name', 'windowStart', LIST])
        .having(sql<boolean>`count(distinct ${DIFFERENT}) >= min(signals.threshold)`),
    )
    .with('shown', (from) =>
      from
        .selectFrom('windows')
        .select(['pseudonym', 'source', 'name'])
        .groupBy(['pseudonym', 'source', 'name'])
        .orderBy(({ fn }) => fn.max('newest'), 'desc')
        .orderBy('pseudonym')
        .limit(limit),
    )
    .selectFrom('signals')
    .innerJoin('orders', 'orders.no', 'signals.orderNo')
    .innerJoin('windows', (join) =>
      join
        .onRef('windows.pseudonym', '=', 'signals.pseudonym')
        .onRef('windows.source', '=', 'orders.source')
        .onRef('windows.name', '=', 'orders.name')
        .onRef('windows.windowStart', '=', 'signals.windowStart')
        .on('windows.list', '=', LIST),
    )
    .innerJoin('shown', (join) =>
      join
        .onRef('shown.pseudonym', '=', 'signals.pseudonym')
        .onRef('shown.source', '=', 'orders.source')
        .onRef('shown.name', '=', 'orders.name'),
    )
    .leftJoin('manifests', (join) =>
      join.onRef('manifests.digest', '=', 'signals.manifest').onRef('manifests.reference', '=', 'signals.reference'),
    )
    .select(['signals.pseudonym', 'orders.source', 'orders.name', 'signals.kind', 'signals.reference', 'entry'])
    .select(({ fn }) => [
      fn.max('manifests.version').as('version'),
      fn.countAll<number>().as('signals'),
      fn.min('signals.day').as('firstDay'),
      fn.max('signals.day').as('lastDay'),
      sql<number>`case when signals.kind = 'match' then min(level) else max(level) end`.as('level'),
    ])
    .groupBy(['signals.pseudonym', 'orders.source', 'orders.name', 'signals.kind', 'signals.reference', 'entry', LIST])
    .orderBy('signals.pseudonym')
    .orderBy('orders.source')
    .orderBy('orders.name')
    .orderBy('signals.reference')
    .orderBy('entry')
    .execute();
  return group(rows).sort((a, b) => b.lastDay.localeCompare(a.lastDay) || a.subject.localeCompare(b.subject));
}

function group(rows: readonly Row[]): Case[] {
  const cases = new Map<string, Case>();
  for (const { pseudonym, source, name, firstDay, lastDay, ...rest } of rows) {
    const subject = toHex(pseudonym);
    const key = `${subject} ${source} ${name}`;
    const entry = { ...rest, firstDay: toDate(firstDay), lastDay: toDate(lastDay) };
    const whole = cases.get(key) ?? { subject, order: { source, id: name }, ...daysOf([entry]), entries: [] };
    const entries = [...whole.entries, entry];
    cases.set(key, { ...whole, ...daysOf(entries), entries });
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
