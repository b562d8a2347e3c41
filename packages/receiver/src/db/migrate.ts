/**
 * Brings a database to the schema of this release. Flow: db/open → here: check version → migrate → check columns.
 * Promise: a database of another release stays untouched, and the error names both versions.
 * Spec: docs/design/receiver.md#database.
 */
import { LodestoneError } from '@lodestone/protocol/error';
import { sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import { OUTCOMES } from '../ingest/outcome.ts';
import { causeCode } from '../log-safe-error.ts';
import { MIGRATIONS } from './migrations/migrations.ts';
import type { Database } from './schema.ts';

/**
 * @param place where the database is, for error messages
 * @throws {LodestoneError} `ERR_RECEIVER` for a database of another release, or a migration that fails
 */
export async function migrate(db: Database, place: string): Promise<void> {
  await checkVersion(db, place);
  await runMigrations(db, place);
  await checkOutcomeColumns(db, OUTCOMES);
}

/** The version of a database is the name of the last migration that ran on it. */
export interface SchemaState {
  isEmpty: boolean;
  found: string | undefined;
  expected: string | undefined;
  /** Migrations that ran on it and that this release does not know. */
  unknown: string[];
}

export async function schemaState(db: Database): Promise<SchemaState> {
  const applied = await appliedMigrations(db);
  const unknown = applied.filter((name) => !Object.hasOwn(MIGRATIONS, name));
  const expected = Object.keys(MIGRATIONS).at(-1);
  return { isEmpty: applied.length === 0, found: unknown.at(-1) ?? applied.at(-1), expected, unknown };
}

async function checkVersion(db: Database, place: string): Promise<void> {
  const { found, expected, unknown } = await schemaState(db);
  if (unknown.length === 0) return;
  throw new LodestoneError(
    'ERR_RECEIVER',
    `${place} has schema version "${found}", but this release expects "${expected}": another release, or a version ` +
      'before the first release, created it, and no migration leads from there. Run the release that created it, or ' +
      'stop the receiver, move the database away, and start with an empty one',
  );
}

async function appliedMigrations(db: Database): Promise<string[]> {
  const { rows: tables } = await sql<{
    name: string | null;
  }>`select to_regclass('kysely_migration')::text as name`.execute(db);
  if (tables[0]?.name === null) return [];
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by timestamp, name`.execute(db);
  return rows.map(({ name }) => name);
}

async function runMigrations(db: Database, place: string): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(MIGRATIONS) } });
  const { error, results } = await migrator.migrateToLatest();
  if (error === undefined) return;
  const failed = results?.find(({ status }) => status === 'Error')?.migrationName;
  const step = failed === undefined ? 'migrating' : `migration ${failed}`;
  throw new LodestoneError('ERR_RECEIVER', `${place}: ${step} failed (${causeCode(error)})`, { cause: error });
}

/** A new outcome without a migration would fail at the first request; this names it at start-up. */
export async function checkOutcomeColumns(db: Database, outcomes: readonly string[]): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select column_name as name from information_schema.columns
    where table_schema = current_schema() and table_name = 'counts'`.execute(db);
  const columns = new Set(rows.map(({ name }) => toCamelCase(name)));
  const missing = outcomes.filter((outcome) => !columns.has(outcome));
  if (missing.length === 0) return;
  throw new LodestoneError(
    'ERR_RECEIVER',
    `table counts has no column for the outcome ${missing.join(', ')}: add a migration in db/migrations that adds it`,
  );
}

function toCamelCase(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
