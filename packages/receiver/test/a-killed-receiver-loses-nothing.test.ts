/**
 * A receiver that is killed again and again under load: each signal that got a 204 is stored and counts once, each note of which the
 * console said so is there once, and the record does not break. 3 kills with `--all`, 100 with `--long`, on each database.
 */
import { loadavg } from 'node:os';
import { toHex } from '@lodestone/protocol/bytes';
import { parseRecord } from '@lodestone/protocol/case-record';
import { brokenRecordLink, recordEnd } from '@lodestone/trust';
import { sql } from 'kysely';
import { describe, expect, inject, test } from 'vitest';
import { readOutcomeCounts } from '../src/cases/counts.ts';
import type { Database } from '../src/db/schema.ts';
import { exportRecord } from '../src/record/export.ts';
import { killLoad, type KillLoad } from './support/kill-load.ts';
import { findPostgres, NO_POSTGRES, startPostgres } from './support/postgres.ts';

const KILLS = inject('extent') === 'long' ? 100 : 3;

describe.each(['pglite', 'postgresql'] as const)('with %s', (name) => {
  const isAvailable = name === 'pglite' || findPostgres() !== undefined;
  // On the suite: on a test, a condition would win over the tag.
  describe.runIf(isAvailable)(isAvailable ? `after ${KILLS} kills` : NO_POSTGRES, { tags: '@all' }, () => {
    test('nothing is lost and nothing counts twice', () => kills(name));
  });
});

async function kills(name: 'pglite' | 'postgresql'): Promise<void> {
  const postgres = name === 'postgresql' ? await startPostgres() : undefined;
  try {
    const load = await killLoad(postgres?.url);
    try {
      const started = performance.now();
      await load.run(KILLS);
      const database = await load.open();
      try {
        await isComplete(database.db, load);
      } finally {
        await database.close();
      }
      const seconds = Math.round((performance.now() - started) / 1_000);
      console.log(`${name}: ${JSON.stringify(load.figures)} in ${seconds} s, load ${loadavg()[0]?.toFixed(1)}`);
    } finally {
      await load.remove();
    }
  } finally {
    await postgres?.stop();
  }
}

async function isComplete(db: Database, { figures, signalIds, notes }: KillLoad): Promise<void> {
  const stored = await db.selectFrom('signals').select('signalId').execute();
  expect(new Set(stored.map(({ signalId }) => toHex(signalId)))).toEqual(new Set(signalIds.map(toHex)));
  const counts = await readOutcomeCounts(db);
  expect(counts.counted).toBe(figures.signals);
  // One that was stored before the kill and got no answer was sent again, and counts as a duplicate or a second cover.
  expect(counts.duplicate).toBeGreaterThanOrEqual(figures.repeated);
  expect(counts.cover).toBeGreaterThanOrEqual(figures.covers);
  expect(counts.duplicate + counts.cover).toBeLessThanOrEqual(figures.repeated + figures.covers + figures.unanswered);
  await areSumsRight(db, figures.signals);
  await isRecordWhole(db, notes);
}

/** Every count that repeats what the signals say. */
async function areSumsRight(db: Database, signals: number): Promise<void> {
  const { rows } = await sql`select
    (select count(*) from signal_ids)::integer as ids,
    (select sum(signals) from order_counts)::integer as of_orders,
    (select sum(signals) from counting_windows)::integer as of_windows,
    (select count(*) from counting_windows w where signals <> (select count(*) from signals s where s.window_no = w.window_no))::integer as wrong_windows,
    (select count(*) from cases c where (entries, exact_entries, days, open_windows) <> (
      select count(distinct s.entry), count(distinct s.entry) filter (where s.evidence = 'exact'), count(distinct s.day), count(distinct w.window_no)
      from counting_windows w join signals s using (window_no) where w.case_no = c.case_no))::integer as wrong_cases,
    (select count(*) from counting_windows w where case_no is null
      and (select count(distinct entry) from signals s where s.window_no = w.window_no) >= threshold)::integer as without_case`.execute(
    db,
  );
  expect(rows).toEqual([
    { ids: signals, ofOrders: signals, ofWindows: signals, wrongWindows: 0, wrongCases: 0, withoutCase: 0 },
  ]);
}

async function isRecordWhole(db: Database, notes: KillLoad['notes']): Promise<void> {
  let ndjson = '';
  for await (const line of exportRecord(db)) ndjson += `${line}\n`;
  const record = parseRecord(ndjson);
  expect([brokenRecordLink(record.entries), recordEnd(record)]).toEqual([undefined, undefined]);
  const texts = (await db.selectFrom('caseNotes').select('text').orderBy('seq').execute()).map(({ text }) => text);
  expect(new Set(texts).size).toBe(texts.length);
  expect([...notes].filter(([text, isStored]) => isStored && !texts.includes(text))).toEqual([]);
  expect(record.entries.filter(({ action }) => action === 'note')).toHaveLength(texts.length);
}
