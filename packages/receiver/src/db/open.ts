/**
 * Opens the database and brings its tables up to date: PostgreSQL where an address is given, else PGlite, which is
 * PostgreSQL in this process with its files in the data folder. Same tables, same queries on both. Spec: DESIGN §9.
 */
import path from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { LodestoneError } from '@lodestone/protocol/error';
import { CamelCasePlugin, type Dialect, Kysely, PGliteDialect, PostgresDialect } from 'kysely';
import { Migrator } from 'kysely/migration';
import pg from 'pg';
import type { Logger } from 'pino';
import { describe } from '../log-safe-error.ts';
import { lockFolder } from './lock.ts';
import { firstTables } from './migrations/0001-first-tables.ts';
import type { Database, Tables } from './schema.ts';

export interface OpenDatabase {
  db: Database;
  close(): Promise<void>;
}

/** @throws {LodestoneError} `ERR_RECEIVER` where it does not answer, another process has it, or a migration fails */
export async function openDatabase(options: {
  dataDir: string;
  databaseUrl: string | undefined;
  log: Logger;
}): Promise<OpenDatabase> {
  const { databaseUrl } = options;
  const unlock = databaseUrl === undefined ? await lockFolder(options.dataDir) : () => Promise.resolve();
  const db = new Kysely<Tables>({
    dialect:
      databaseUrl === undefined ? embedded(path.join(options.dataDir, 'db')) : postgres(databaseUrl, options.log),
    plugins: [new CamelCasePlugin()],
  });
  const close = async (): Promise<void> => {
    await db.destroy();
    await unlock();
  };
  try {
    await migrate(db);
  } catch (cause) {
    await close();
    throw new LodestoneError('ERR_RECEIVER', 'the database cannot be opened', { cause });
  }
  return { db, close };
}

function embedded(folder: string): Dialect {
  return new PGliteDialect({ pglite: () => PGlite.create(folder) });
}

function postgres(connectionString: string, log: Logger): Dialect {
  const pool = new pg.Pool({
    connectionString,
    // Counts and entry numbers are far below 2^53; pg gives int8 as text, PGlite as a number.
    types: {
      getTypeParser: (oid, format) => (oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format)),
    },
  });
  // An idle connection that the server ended is replaced at the next query; unheard, the event would end the process.
  pool.on('error', (error) => log.warn({ error: describe(error) }, 'a database connection was lost'));
  return new PostgresDialect({ pool });
}

async function migrate(db: Database): Promise<void> {
  const migrations = { '0001-first-tables': firstTables };
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(migrations) } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined)
    throw new LodestoneError('ERR_RECEIVER', 'a migration of the database failed', { cause: error });
}
