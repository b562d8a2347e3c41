/** Migrations never change, and a database whose schema does not fit this release is refused with an error that says why. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type KyselyPlugin, sql, type Transaction } from 'kysely';
import { expect, test } from 'vitest';
import { checkOutcomeColumns, migrate } from '../../src/db/migrate.ts';
import { initialSchema } from '../../src/db/migrations/0001-initial-schema.ts';
import { MIGRATIONS } from '../../src/db/migrations/migrations.ts';
import type { Database, Tables } from '../../src/db/schema.ts';
import { OUTCOMES } from '../../src/ingest/outcome.ts';
import type { World } from '../support/world.ts';

const SNAPSHOT = path.join(import.meta.dirname, '../snapshots/0001-initial-schema.sql');
const PLACE = 'the test database';
const LATEST = Object.keys(MIGRATIONS).at(-1) ?? '';

/** The SQL that a migration runs, from a run in a separate schema that is rolled back. */
async function sqlOf(db: Database, run: (tx: Transaction<Tables>) => Promise<void>): Promise<string> {
  const statements: string[] = [];
  const rollback = new Error('rollback');
  const transaction = db.transaction().execute(async (tx) => {
    await sql`create schema frozen`.execute(tx);
    await sql`set local search_path to frozen`.execute(tx);
    const recorder: KyselyPlugin = {
      transformQuery({ node, queryId }) {
        statements.push(tx.getExecutor().compileQuery(node, queryId).sql);
        return node;
      },
      transformResult: ({ result }) => Promise.resolve(result),
    };
    await run(tx.withPlugin(recorder));
    throw rollback;
  });
  await expect(transaction).rejects.toBe(rollback);
  return statements.map((statement) => `${statement};\n`).join('');
}

export function aDatabaseOfAnotherVersionIsRefused(the: () => World): void {
  test('migration 0001 runs the stored SQL', async () => {
    const { db } = the().database;
    expect(await sqlOf(db, (tx) => initialSchema.up(tx))).toBe(await readFile(SNAPSHOT, 'utf8'));
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
