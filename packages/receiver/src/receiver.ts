/**
 * Starts a receiver: database, keys, orders, then the server; and keeps orders, keys and retention up to date.
 * Flow: cli/serve or the demo → here → http, ingest, cases, sources, retention. Spec: DESIGN §9.
 */
import { fromInstant } from '@lodestone/protocol/time';
import { importPrivateKeys, type PrivateKeys } from '@lodestone/seal';
import { type Logger, pino } from 'pino';
import { type Case, readCases } from './cases/cases.ts';
import { readCounts } from './cases/counts.ts';
import { readConfig } from './config.ts';
import { isLoopback } from './console/console.ts';
import { type OpenDatabase, openDatabase } from './db/open.ts';
import { describe } from './log-safe-error.ts';
import { createApp } from './http/app.ts';
import { listen, type Listening } from './http/server.ts';
import type { Desk } from './ingest/check.ts';
import { createIngest, type Ingest } from './ingest/ingest.ts';
import type { Counts } from './ingest/outcome.ts';
import { readKeys, readSubjectKey } from './keys/files.ts';
import { repeat } from './periodic-task.ts';
import { sweep } from './retention.ts';
import { runRound } from './sources/refresh.ts';

export interface ReceiverOptions {
  /** A folder that `initReceiver` made. */
  dataDir: string;
  /** 0 takes a free one. */
  port: number;
  /** Default 127.0.0.1. On another address the console is not served: it has no sign-in. */
  host?: string | undefined;
  /** Address of a PostgreSQL database; without it the data folder holds an embedded one. */
  databaseUrl?: string | undefined;
  /** Milliseconds since 1970. */
  now?: (() => number) | undefined;
  /** Default: JSON lines on standard output. */
  log?: Logger | undefined;
}

export interface Receiver {
  /** `http://host:port`; signals go to `/v1/signals` below it. */
  url: string;
  cases(): Promise<Case[]>;
  counts(): Promise<Counts>;
  /** Asks the sources for orders and releases now; it also does so by itself. */
  refresh(): Promise<{ failed: readonly string[] }>;
  /** Stores what has arrived, then ends. */
  close(): Promise<void>;
}

const CASES = 1_000;
const SWEEP_MS = 3_600_000;

/** @throws {LodestoneError} `ERR_RECEIVER` for a data folder, database or port that cannot be used */
export async function startReceiver(options: ReceiverOptions): Promise<Receiver> {
  const { dataDir, databaseUrl, log = pino() } = options;
  await readConfig(dataDir); // a folder that holds no receiver stays as it is
  const database = await openDatabase({ dataDir, databaseUrl, log });
  try {
    return await startOn(database, { ...options, log });
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** The database is closed with the receiver. */
export async function startOn(
  database: OpenDatabase,
  { dataDir, port, host = '127.0.0.1', now = Date.now, log = pino() }: ReceiverOptions,
): Promise<Receiver> {
  const { db } = database;
  const config = await readConfig(dataDir);
  const keys = await loadKeys(dataDir, now(), log);
  const subjectKey = await readSubjectKey(dataDir);

  const desk: Desk = { keys, subjectKey, known: { orders: new Map(), manifests: new Map() }, now };
  let failed: readonly string[] = [];
  const refresh = async (): Promise<{ failed: readonly string[] }> => {
    const round = await runRound({ db, dataDir, config, now, log });
    desk.known = round.known;
    desk.keys = await loadKeys(dataDir, now(), log);
    failed = round.failed;
    return { failed };
  };
  const rounds = repeat(refresh, {
    everyMs: config.refreshMinutes * 60_000,
    // Soon again while a source does not answer: until its orders are known their signals do not count.
    sooner: (round) => round.failed.length > 0,
    failed: (error) => log.error({ error: describe(error) }, 'a refresh failed'),
  });
  const sweeps = repeat(() => sweep({ db, dataDir, config, log }, now()), {
    everyMs: SWEEP_MS,
    failed: (error) => log.error({ error: describe(error) }, 'retention failed'),
  });

  const ingest: Ingest = createIngest({ db, desk, log });
  const end = async (): Promise<void> => {
    await Promise.all([rounds.stop(), sweeps.stop(), ingest.close()]);
  };
  try {
    await rounds.now();
    await sweeps.now();
    const withConsole = config.console === 'loopback' && isLoopback(host);
    const app = createApp({ db, ingest, log, withConsole, failedSources: () => failed });
    const server: Listening = await listen(app, { port, host });
    log.info({ url: server.url, console: withConsole }, 'the receiver listens');
    return {
      url: server.url,
      cases: () => readCases(db, CASES),
      counts: () => readCounts(db),
      refresh: () => rounds.now(),
      close: async () => {
        await server.close();
        await end();
        await database.close();
        log.info('the receiver has ended');
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}

async function loadKeys(dataDir: string, now: number, log: Logger): Promise<PrivateKeys> {
  const keys = await readKeys(dataDir);
  if (!keys.some(({ notBefore, notAfter }) => fromInstant(notBefore) <= now && now < fromInstant(notAfter))) {
    log.warn('no key is valid to seal with now: make one with rotate, and publish keys.json');
  }
  return importPrivateKeys(keys);
}
