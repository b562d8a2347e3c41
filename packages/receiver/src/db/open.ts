/**
 * Opens the database: PostgreSQL if a URL is given, else PGlite (PostgreSQL inside this process, files in the data
 * folder). The same tables and queries run on both. Flow: receiver → here → migrate.
 * Spec: docs/design/receiver.md#database.
 */
import { Socket } from 'node:net';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { PGlite } from '@electric-sql/pglite';
import { LodestoneError } from '@lodestone/protocol/error';
import { CamelCasePlugin, type Dialect, Kysely, type KyselyPlugin, PGliteDialect, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import type { Logger } from 'pino';
import { causeCode, logSafeError } from '../log-safe-error.ts';
import { makeContentsPrivate, makePrivate } from '../private-folder.ts';
import { lockFolder } from './lock.ts';
import { migrate } from './migrate.ts';
import type { Database, Tables } from './schema.ts';

export interface OpenDatabase {
  db: Database;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  dataDir: string;
  databaseUrl: string | undefined;
  log: Logger;
  /** How long a connection to PostgreSQL may be silent in the middle of a statement. Default 90 s; a test sets less. */
  silentMs?: number | undefined;
}

/** @throws {LodestoneError} `ERR_RECEIVER` if it does not answer, another process uses it, or its version does not fit */
export async function openDatabase(options: DatabaseOptions): Promise<OpenDatabase> {
  return open(options, migrate);
}

/** Opens a database as it is, to look at its version. @throws {LodestoneError} as `openDatabase` */
export async function openUnmigrated(options: DatabaseOptions): Promise<OpenDatabase> {
  return open(options, async (db) => void (await sql`select 1`.execute(db)));
}

type Prepare = (db: Database, place: string) => Promise<void>;

function open(options: DatabaseOptions, prepare: Prepare): Promise<OpenDatabase> {
  return options.databaseUrl === undefined ? openEmbedded(options.dataDir, prepare) : openPostgres(options, prepare);
}

async function openEmbedded(dataDir: string, prepare: Prepare): Promise<OpenDatabase> {
  const unlock = await lockFolder(dataDir);
  const folder = path.join(dataDir, 'db');
  // PGlite creates its files with mode 0666, less the umask. Its folder is private first, then every file.
  await makePrivate(folder);
  await makeContentsPrivate(folder);
  const dialect = new PGliteDialect({
    pglite: async () => {
      const pglite = await PGlite.create(folder);
      await makeContentsPrivate(folder);
      return pglite;
    },
  });
  const place = { name: `the database in ${folder}`, hint: 'restore the folder from a backup' };
  return openWith(dialect, place, { prepare, unlock, plugins: [YIELDING] });
}

/**
 * PGlite runs a query on this thread, and its promise settles without a turn of the event loop: many short queries in a row
 * would block the receiver like a long one.
 */
const YIELDING: KyselyPlugin = {
  transformQuery: ({ node }) => node,
  async transformResult({ result }) {
    await setImmediate();
    return result;
  },
};

/** How long a page or a batch waits for a connection before it fails. */
const CONNECT_MS = 10_000;
/** A machine that vanished in the middle of a transaction holds its locks no longer than this. No transaction pauses for so long. */
const IDLE_IN_TRANSACTION = '60s';

/**
 * A connection on which nothing was sent or received for so long is closed, and the pool opens another: the system would wait for a
 * machine that vanished for a quarter of an hour. No statement takes as long, also one that waits for the lock of such a machine.
 */
const SILENT_MS = 90_000;

/** The URL can contain a password, so no message quotes it. */
async function openPostgres(
  { databaseUrl, log, silentMs = SILENT_MS }: DatabaseOptions,
  prepare: Prepare,
): Promise<OpenDatabase> {
  let isPrepared = false; // a migration can take longer
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: CONNECT_MS,
    stream: () => silentSocket(silentMs, () => isPrepared),
    onConnect: endPausedTransactions,
    // pg returns int8 as text, PGlite as a number. Counts and entry numbers are far below 2^53.
    types: {
      getTypeParser: (oid, format) => (oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format)),
    },
  });
  // Of a connection in use, the statement fails as well, and the pool replaces it. Without a listener, the event would end the process.
  pool.on('connect', (client) => void client.on('error', () => undefined));
  // The pool replaces an idle connection that the server closed. Without a listener, the event would end the process.
  pool.on('error', (error) => log.warn({ error: logSafeError(error) }, 'database connection lost'));
  const place = { name: 'the PostgreSQL database', hint: 'check DATABASE_URL, and that the server is running' };
  const opened = await openWith(new PostgresDialect({ pool }), place, {
    prepare,
    unlock: () => Promise.resolve(),
    plugins: [],
  });
  isPrepared = true;
  return opened;
}

/** A socket that closes after a silence; TLS on it counts as activity. Idle connections do not reach it: the pool closes them after 10 s. */
function silentSocket(ms: number, isLimited: () => boolean): Socket {
  const socket = new Socket();
  const late = (): Error => Object.assign(new Error(`the database sent nothing for ${ms} ms`), { code: 'ETIMEDOUT' });
  return socket.setTimeout(ms, () => void (isLimited() && socket.destroy(late())));
}

/** Where a database is, and what to do if it cannot be opened; for error messages. */
interface Place {
  name: string;
  hint: string;
}

async function openWith(
  dialect: Dialect,
  place: Place,
  { prepare, unlock, plugins }: { prepare: Prepare; unlock: () => Promise<void>; plugins: KyselyPlugin[] },
): Promise<OpenDatabase> {
  const db = new Kysely<Tables>({ dialect, plugins: [new CamelCasePlugin(), ...plugins] });
  const close = async (): Promise<void> => {
    await db.destroy();
    await unlock();
  };
  try {
    await prepare(db, place.name);
  } catch (cause) {
    await close();
    if (cause instanceof LodestoneError) throw cause;
    throw new LodestoneError('ERR_RECEIVER', `cannot open ${place.name} (${causeCode(cause)}); ${place.hint}`, {
      cause,
    });
  }
  return { db, close };
}

/** Not a parameter of the connection, which poolers refuse. The pool waits for what this returns, which its types do not say. */
function endPausedTransactions(client: pg.ClientBase): unknown {
  return client.query(`set idle_in_transaction_session_timeout = '${IDLE_IN_TRANSACTION}'`);
}
