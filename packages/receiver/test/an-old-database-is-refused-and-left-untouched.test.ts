/** A database of another version is refused when it is opened: the error says what to do, and the folder is unlocked. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sql } from 'kysely';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lockFolder } from '../src/db/lock.ts';
import { MIGRATIONS } from '../src/db/migrations/migrations.ts';
import { openDatabase } from '../src/db/open.ts';
import { copyEmbeddedDatabase } from './support/embedded-database.ts';

const log = pino({ level: 'silent' });
let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'receiver-version-'));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

test('opening it names the folder, both versions and a way on', async () => {
  await copyEmbeddedDatabase(path.join(dataDir, 'db'));
  const before = await openDatabase({ dataDir, databaseUrl: undefined, log });
  await sql`delete from kysely_migration where name <> '0001-initial-schema'`.execute(before.db);
  await sql`update kysely_migration set name = '0001-first-tables'`.execute(before.db);
  await before.close();

  const error: unknown = await openDatabase({ dataDir, databaseUrl: undefined, log }).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: 'ERR_RECEIVER' });
  const message = String(error);
  expect(message).toContain(path.join(dataDir, 'db'));
  const newest = Object.keys(MIGRATIONS).at(-1);
  expect(message).toContain(`has schema version "0001-first-tables", but this release expects "${newest}"`);
  expect(message).toContain('move the database away, and start with an empty one');
  const unlock = await lockFolder(dataDir);
  await unlock();
});

test('a PostgreSQL server that does not answer is an error with the code of its cause, and without the URL', async () => {
  const databaseUrl = 'postgres://user:password@127.0.0.1:9/none';
  const error: unknown = await openDatabase({ dataDir, databaseUrl, log }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    code: 'ERR_RECEIVER',
    message: 'cannot open the PostgreSQL database (ECONNREFUSED); check DATABASE_URL, and that the server is running',
  });
});
