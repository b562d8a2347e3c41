/** Migrations never change, and a database whose schema does not fit this release is refused with an error that says why. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { sql, type Transaction } from 'kysely';
import { expect, test } from 'vitest';
import { checkOutcomeColumns, migrate } from '../../src/db/migrate.ts';
import { MIGRATIONS } from '../../src/db/migrations/migrations.ts';
import type { Database, Tables } from '../../src/db/schema.ts';
import { OUTCOMES } from '../../src/ingest/outcome.ts';
import type { World } from '../support/world.ts';

const snapshot = (name: string): Promise<string> =>
  readFile(path.join(import.meta.dirname, `../snapshots/${name}.sql`), 'utf8');
const PLACE = 'the test database';
const LATEST = Object.keys(MIGRATIONS).at(-1) ?? '';

type Record = (tx: Transaction<Tables>) => Transaction<Tables>;

/** Runs in a separate schema, and rolls back. */
async function inEmptySchema(db: Database, run: (tx: Transaction<Tables>) => Promise<void>): Promise<void> {
  const rollback = new Error('rollback');
  const transaction = db.transaction().execute(async (tx) => {
    await sql`create schema frozen`.execute(tx);
    await sql`set local search_path to frozen`.execute(tx);
    await run(tx);
    throw rollback;
  });
  await expect(transaction).rejects.toBe(rollback);
}

/** The SQL that runs on a recorded transaction. */
async function sqlOf(db: Database, run: (tx: Transaction<Tables>, record: Record) => Promise<void>): Promise<string> {
  const statements: string[] = [];
  const record = (tx: Transaction<Tables>): Transaction<Tables> =>
    tx.withPlugin({
      transformQuery({ node, queryId }) {
        statements.push(tx.getExecutor().compileQuery(node, queryId).sql);
        return node;
      },
      transformResult: ({ result }) => Promise.resolve(result),
    });
  await inEmptySchema(db, (tx) => run(tx, record));
  return statements.map((statement) => `${statement};\n`).join('');
}

export function aDatabaseOfAnotherVersionIsRefused(the: () => World): void {
  test.each(Object.keys(MIGRATIONS))('migration %s runs the stored SQL', async (name) => {
    const before = Object.entries(MIGRATIONS).filter(([other]) => other < name);
    const run = await sqlOf(the().database.db, async (tx, record) => {
      for (const [, migration] of before) await migration.up(tx);
      await MIGRATIONS[name]?.up(record(tx));
    });
    expect(run).toBe(await snapshot(name));
  });

  test('migration 0002 makes cases of windows that had opened before', async () => {
    await inEmptySchema(the().database.db, async (tx) => {
      await MIGRATIONS['0001-initial-schema']?.up(tx);
      await sql`insert into orders (order_digest, source, order_id, document) values ('d', 'court', 'one', '')`.execute(
        tx,
      );
      const add = async (no: number, evidence: string, opened: number | null): Promise<void> => {
        const pseudonym = new Uint8Array(16).fill(no);
        await sql`insert into counting_windows (pseudonym, source, order_id, reference, kind, first_day, within_days,
          threshold, signals, newest_day, opened_day)
          values (${pseudonym}, 'court', 'one', 'l:x', 'match', 1, 10, 2, 2, 5, ${opened}::integer)`.execute(tx);
        for (const entry of [1, 2])
          await sql`insert into signals select ${new Uint8Array([no, entry])}::bytea, window_no, 1, 'm', ${entry}::integer, 0,
            ${evidence}::text, 'send', 'image', 5, 5 from counting_windows where pseudonym = ${pseudonym}::bytea`.execute(
            tx,
          );
      };
      await add(1, 'exact', 3);
      await add(2, 'classifier', 4);
      await add(3, 'exact', null);
      await MIGRATIONS['0002-review']?.up(tx);
      const { rows } = await sql`select case_no, state, opened_day, due_day, open_windows, exact_entries, entries, days
        from cases order by opened_day`.execute(tx);
      const both = { openWindows: 1, entries: 2, days: 1 };
      expect(rows).toEqual([
        { caseNo: expect.any(Number), state: 'new', openedDay: 3, dueDay: 10, exactEntries: 2, ...both },
        { caseNo: expect.any(Number), state: 'proposed', openedDay: 4, dueDay: 11, exactEntries: 0, ...both },
      ]);
      const { rows: windows } = await sql`select count(case_no) as cases from counting_windows`.execute(tx);
      expect(windows).toEqual([{ cases: 2 }]);
    });
  });

  test('migration 0004 reads the decisions about cases from the record', async () => {
    await inEmptySchema(the().database.db, async (tx) => {
      for (const [name, migration] of Object.entries(MIGRATIONS)) {
        if (name >= '0004') break;
        await migration.up(tx);
      }
      const states = [
        ['new', false],
        ['confirmed', true],
        ['overturned', true],
        ['dismissed', true],
      ] as const;
      for (const [no, [state, isDecided]] of states.entries())
        await sql`insert into cases (pseudonym, source, order_id, state, is_decided, opened_day, state_day, newest_day,
          open_windows, exact_entries, entries, days) values (${new Uint8Array(16).fill(no)}::bytea, 'court', 'one', ${state}::text,
          ${isDecided}::boolean, 5, 9, 5, 1, 1, 1, 1)`.execute(tx);
      for (const caseNo of [2, 3])
        await sql`insert into record_entries (seq, case_no, previous, line)
          values (${caseNo}::integer, ${caseNo}::integer, ${String(caseNo)}::text, '{"after":"confirmed"}')`.execute(
          tx,
        );
      await MIGRATIONS['0004-retention']?.up(tx);
      const { rows } = await sql`select state, decision, decided_day, held_day from cases order by case_no`.execute(tx);
      expect(rows).toEqual([
        { state: 'new', decision: null, decidedDay: null, heldDay: null },
        { state: 'confirmed', decision: 'confirm', decidedDay: 9, heldDay: null },
        { state: 'overturned', decision: 'confirm', decidedDay: 9, heldDay: null },
        { state: 'dismissed', decision: 'dismiss', decidedDay: 9, heldDay: null },
      ]);
    });
  });

  test('migration 0009 counts what is recorded, and notes the day from which on a database that was in use counts the rest', async () => {
    // "recorded": what was counted before is deleted, and its record is not
    for (const before of ['used', 'recorded', 'new'])
      await inEmptySchema(the().database.db, async (tx) => {
        for (const [name, migration] of Object.entries(MIGRATIONS)) if (name < '0009') await migration.up(tx);
        const zeros = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as never;
        if (before === 'used')
          await tx
            .insertInto('counts')
            .values({ day: 5, ...(zeros as object) } as never)
            .execute();
        if (before !== 'new') {
          const line = `{"time":"2025-05-01T00:00:00Z","type":"case","action":"take","role":"lead","before":"new","after":"in-review"}`;
          for (const seq of [0, 1])
            await tx
              .insertInto('recordEntries')
              .values({ seq, caseNo: 1, previous: `${seq}` as never, line })
              .execute();
        }
        await MIGRATIONS['0009-monthly-counts']?.up(tx);
        const rows = await tx.selectFrom('monthlyCounts').selectAll().execute();
        const today = new Date().toISOString().slice(0, 10);
        const began = { month: today.slice(0, 7), measure: 'began', dimension: 'day', key: today, count: 1 };
        const taken = {
          month: '2025-05',
          measure: 'actions',
          dimension: 'action',
          key: 'case take lead new in-review',
        };
        expect(rows).toEqual(before === 'new' ? [] : [began, { ...taken, count: 2 }]);
      });
  });

  test('an outcome without a column is an error that names it', async () => {
    const { db } = the().database;
    await expect(checkOutcomeColumns(db, [...OUTCOMES, 'neverAnOutcome'])).rejects.toMatchObject({
      code: 'ERR_RECEIVER',
      message: expect.stringMatching(/counts has no column for the outcome neverAnOutcome: add a migration/),
    });
    await expect(checkOutcomeColumns(db, OUTCOMES)).resolves.toBeUndefined();
  });

  test.each([
    ['before the first release', '0001-first-tables'],
    ['after this release', '9999-later'],
  ])('a database from a version %s is refused with the version found and the one expected', async (_, found) => {
    const { db } = the().database;
    const rename = (from: string, to: string) =>
      sql`update kysely_migration set name = ${to} where name = ${from}`.execute(db);
    await rename(LATEST, found);
    try {
      await expect(migrate(db, PLACE)).rejects.toMatchObject({
        code: 'ERR_RECEIVER',
        message: expect.stringMatching(
          new RegExp(
            `^${PLACE} has schema version "${found}", but this release expects "${LATEST}".*start with an empty`,
          ),
        ),
      });
    } finally {
      await rename(found, LATEST);
    }
    await expect(migrate(db, PLACE)).resolves.toBeUndefined();
  });
}
