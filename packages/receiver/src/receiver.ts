/**
 * Starts a receiver: configuration, keys, first refresh, retention, then the HTTP server; keeps all of them up to date.
 * Flow: cli or demo → here → http, ingest, cases, sources, retention. Spec: docs/design/receiver.md.
 */
import type { Name } from '@lodestone/protocol/name';
import type { ReportStatement } from '@lodestone/protocol/report-statement';
import { fromInstant, toDay } from '@lodestone/protocol/time';
import type { TransparencyReport } from '@lodestone/protocol/transparency-report';
import { importNodeKeys, importNodeSubjectKey, type NodePrivateKeys } from '@lodestone/seal/node';
import { type Logger, pino } from 'pino';
import type { CaseReview } from '@lodestone/protocol/case-review';
import { callbackTask } from './callbacks/task.ts';
import { actOnCase, type CaseStepOptions } from './cases/act.ts';
import { type Case, readCases } from './cases/cases.ts';
import { readOutcomeCounts, readWaitingCount } from './cases/counts.ts';
import { eraseAs } from './cases/erase.ts';
import { believedDay, type ClockWitnesses } from './clock/judge.ts';
import { believeClock, readClock, readWitnesses } from './clock/trusted-time.ts';
import { readConfig, type ReceiverConfig, sourcesOf } from './config.ts';
import { markSuppressed } from './contests/mark-suppressed.ts';
import type { ContestSecrets } from './contests/secrets.ts';
import { findFloods } from './floods/find.ts';
import { type Console, openConsole } from './console/console.ts';
import { type OpenDatabase, openDatabase } from './db/open.ts';
import type { Database } from './db/schema.ts';
import { createApp } from './http/app.ts';
import { metricsApp, type MetricsContext } from './http/metrics.ts';
import { checkPort, type Closing, listen, openOr } from './http/server.ts';
import type { CheckInputs } from './ingest/check.ts';
import type { SubjectInputs } from './ingest/check-subject.ts';
import { signalsListener } from './ingest/endpoint.ts';
import { createIngest, type Ingest, type IngestContext } from './ingest/ingest.ts';
import type { OutcomeCounts } from './ingest/outcome.ts';
import { type KeyFolder, keyFolder, readKeys } from './keys/files.ts';
import type { KeySecret } from './keys/key-encryption.ts';
import { readRevoked } from './keys/revocations.ts';
import { readSubjectKeys } from './keys/subject-keys.ts';
import { readYoungAccounts } from './keys/young-accounts.ts';
import { settleWaiting } from './ingest/waiting.ts';
import { logSafeError } from './log-safe-error.ts';
import { PeriodicTask } from './periodic-task.ts';
import { makePrivate } from './private-folder.ts';
import { buildReport } from './report/build.ts';
import { applyRetention, type Deleted } from './retention.ts';
import { loadEntries } from './sources/load-orders.ts';
import { refreshSources } from './sources/refresh.ts';
import { openTotpEncryption, type TotpEncryption } from './users/totp-encryption.ts';
import { addUser, signedInUser, type User } from './users/users.ts';

export interface ReceiverOptions {
  /** A folder that `initReceiver` created. */
  dataDir: string;
  /** Decrypts the private keys; `keySecretFrom(process.env)` reads it from the environment. */
  secret: KeySecret;
  /** Folder of the private keys. Default `DATA/secrets`. */
  keysDir?: string | undefined;
  /** 0 selects a free port. */
  port: number;
  /** Default 127.0.0.1. */
  host?: string | undefined;
  /** Port of the console, on 127.0.0.1; 0 selects a free one. Without it, there is no console. */
  consolePort?: number | undefined;
  /** `https://console.example`: where people open the console, if a proxy on this machine ends TLS in front of it. Default: loopback addresses. */
  consoleOrigin?: string | undefined;
  /** Port of `/metrics`, on 127.0.0.1; 0 selects a free one. Without it, there are no metrics. */
  metricsPort?: number | undefined;
  /** URL of a PostgreSQL database. Without it, the data folder holds an embedded database. */
  databaseUrl?: string | undefined;
  /** `contestSecretsFrom(process.env)` reads them from the environment. Without a token, no contest is taken. */
  contests?: ContestSecrets | undefined;
  /** Milliseconds since 1970. Default `Date.now`. */
  now?: (() => number) | undefined;
  /** Default: JSON lines on standard output. */
  log?: Logger | undefined;
}

export interface Receiver {
  /** `http://host:port`. Signals go to `/v1/signals` below it. */
  url: string;
  /** Undefined without `consolePort`. */
  console: Pick<Console, 'url' | 'inviteLink' | 'trialLink'> | undefined;
  /** Address of the metrics; undefined without `metricsPort`. */
  metrics: string | undefined;
  cases(): Promise<Case[]>;
  counts(): Promise<OutcomeCounts>;
  /** Signals that wait until their order and manifest are known. */
  waiting(): Promise<number>;
  /** Adds a user, as the user with the token; without one, the first user. @returns the new user's token */
  addUser(token: string | undefined, user: User): Promise<string>;
  /** Acts on a case as the user with the token. */
  act(token: string, step: CaseStepOptions): Promise<CaseReview>;
  /** Erases what is stored about a pseudonym (32 hex digits). @param token of a lead, who is in the record. @returns the number of erased signals */
  erase(pseudonym: string, token: string): Promise<number>;
  /** The yearly report, for a lead or an auditor. `printReportPage` makes a page of it, `printReport` of `@lodestone/protocol/transparency-report` a file. */
  report(token: string, statement: ReportStatement): Promise<TransparencyReport>;
  /** Refreshes the sources now; the receiver also does so by itself. */
  refresh(): Promise<{ failed: readonly Name[] }>;
  /** Stores what has arrived, then stops. */
  close(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';
const MAX_CASES = 1_000;
const RETENTION_EVERY_MS = 3_600_000;

/** @throws {LodestoneError} `ERR_RECEIVER` if the data folder, the database or the port cannot be used */
export async function startReceiver(options: ReceiverOptions): Promise<Receiver> {
  const { dataDir, databaseUrl, port, host = LOOPBACK, log = pino() } = options;
  await readConfig(dataDir); // before anything is written: a folder without a receiver stays untouched
  await checkPort(port, host); // before the database is opened and every source asked
  if (await makePrivate(dataDir)) log.warn('other users could access the data folder; its permissions are removed');
  const database = await openDatabase({ dataDir, databaseUrl, log });
  try {
    return await startOn(database, { ...options, log });
  } catch (error) {
    await database.close();
    throw error;
  }
}

type StartOptions = ReceiverOptions & Pick<IngestContext, 'answerStepMs' | 'isBelieved'>;

/** Starts on an open database, which `close` closes as well. */
export async function startOn(database: OpenDatabase, options: StartOptions): Promise<Receiver> {
  const { dataDir, port, host = LOOPBACK, metricsPort, contests, now = Date.now, log = pino() } = options;
  const { consolePort, consoleOrigin: origin } = options;
  const config = await readConfig(dataDir);
  const context: ReceiverContext = { database, dataDir, keys: keyFolder(options), config, now, log };
  const stopping = new AbortController();
  const callbacks = callbackTask({ ...context, db: database.db, stop: stopping.signal }, contests?.callbackSecret);
  const current = await loadCurrent(context);
  const refresh = refreshTask(context, current);
  const retention = retentionTask(context, current);
  const { answerStepMs } = options;
  const { isBelieved = (at: number): boolean => believedDay(toDay(at), current.witnesses) !== undefined } = options;
  const ingest = createIngest({ db: database.db, inputs: () => current.inputs, now, log, answerStepMs, isBelieved });
  const stop = async (): Promise<void> => {
    stopping.abort();
    await Promise.all([refresh.stop(), retention.stop(), callbacks?.stop(), ingest.close()]);
  };
  try {
    await refresh.runNow();
    await retention.runNow();
    void callbacks?.runNow().catch(() => undefined); // a failure is repeated, and logged then
    const app = createApp({
      db: database.db,
      ingest,
      contests: { db: database.db, token: contests?.token, now, log, answerStepMs },
      log,
      now,
      failedSources: () => current.failedSources,
    });
    const server = await listen(app, { port, host, direct: signalsListener(ingest, log) });
    log.info({ url: server.url }, 'receiver started');
    const opened: Closing[] = [server];
    const console = await openOr(opened, consolePort, async (at) =>
      openConsole(at, {
        db: database.db,
        totp: await openSecondFactors(context, options.secret),
        config,
        youngAccounts: () => readYoungAccounts(dataDir),
        log,
        now,
        origin,
      }),
    );
    const metrics = await openOr(opened, metricsPort, (at) =>
      listen(metricsApp(metricsOf(context, current, ingest)), { port: at, host: LOOPBACK }),
    );
    return {
      url: server.url,
      console,
      metrics: metrics && `${metrics.url}/metrics`,
      cases: () => readCases(database.db, MAX_CASES),
      counts: () => readOutcomeCounts(database.db),
      waiting: () => readWaitingCount(database.db),
      addUser: (token, user) => addUser(database.db, token, user, now()),
      act: (token, step) => actOnCase(database.db, token, step, now()),
      erase: (pseudonym, token) => eraseAs(database.db, token, pseudonym, now()),
      report: async (token, statement) =>
        buildReport({ db: database.db, config, user: await signedInUser(database.db, token) }, statement, now()),
      refresh: () => refresh.runNow(),
      close: async () => {
        await Promise.all(opened.map((each) => each.close()));
        await stop();
        await database.close();
        log.info('receiver stopped');
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface ReceiverContext {
  database: OpenDatabase;
  dataDir: string;
  keys: KeyFolder;
  config: ReceiverConfig;
  now: () => number;
  log: Logger;
}

/** The data that each refresh replaces, and when the tasks last succeeded. */
interface Current {
  inputs: CheckInputs;
  failedSources: readonly Name[];
  keyEndsAt: number | undefined;
  /** What the clock is compared with for each body. */
  witnesses: ClockWitnesses;
  lastRuns: { refresh?: number; retention?: number };
}

async function loadCurrent({ dataDir, keys: folder, config, now, log }: ReceiverContext): Promise<Current> {
  const { keys, keyEndsAt } = await loadKeys(folder, now(), log);
  const subjects = await loadSubjects(dataDir);
  if (subjects.keys.length === 0)
    log.warn('no public subject key is imported, so signals with a pseudonym do not count; run subject-keys import');
  const loaded = { orders: new Map(), manifests: new Map() };
  const inputs = { keys, subjects, loaded, entries: new Map(), endpoint: config.endpoint };
  return { inputs, failedSources: [], keyEndsAt, witnesses: { lastDay: undefined, signedDays: [] }, lastRuns: {} };
}

async function loadSubjects(dataDir: string): Promise<SubjectInputs> {
  const keys = await Promise.all((await readSubjectKeys(dataDir)).map(importNodeSubjectKey));
  return { keys, revoked: await readRevoked(dataDir) };
}

async function loadKeys(
  folder: KeyFolder,
  now: number,
  log: Logger,
): Promise<{ keys: NodePrivateKeys; keyEndsAt: number | undefined }> {
  const keys = await readKeys(folder);
  const valid = keys.filter(({ notBefore, notAfter }) => fromInstant(notBefore) <= now && now < fromInstant(notAfter));
  if (valid.length === 0) {
    log.warn('no key is valid now, so devices cannot encrypt signals; run rotate and publish keys.json');
  }
  const keyEndsAt = valid.length === 0 ? undefined : Math.max(...valid.map(({ notAfter }) => fromInstant(notAfter)));
  return { keys: await importNodeKeys(keys), keyEndsAt };
}

function refreshTask(
  { database: { db }, dataDir, keys, config, now, log }: ReceiverContext,
  current: Current,
): PeriodicTask<{ failed: readonly Name[] }> {
  const refresh = async (): Promise<{ failed: readonly Name[] }> => {
    const loadedKeys = await loadKeys(keys, now(), log);
    current.keyEndsAt = loadedKeys.keyEndsAt;
    current.inputs = { ...current.inputs, keys: loadedKeys.keys, subjects: await loadSubjects(dataDir) };
    const failed = await refreshSources({ db, dataDir, config, now, log }, async (loaded) => {
      current.inputs = { ...current.inputs, loaded, entries: await loadEntries(db, current.inputs.entries) };
      current.witnesses = await readWitnesses(db); // the sources' new signatures are stored by now
      const { time } = await readClock(db, now());
      if (time !== undefined) await settleWaiting(db, current.inputs, time);
    });
    current.failedSources = failed;
    current.lastRuns.refresh = now();
    await markCases(db, now(), log);
    return { failed };
  };
  return new PeriodicTask(refresh, {
    everyMs: config.refreshMinutes * 60_000,
    // Signals of an order wait until it is loaded, so the refresh of a failed source is retried soon.
    retrySoon: ({ failed }) => failed.length > 0,
    onFailure: (error) => log.error({ error: logSafeError(error) }, 'refresh failed'),
  });
}

function retentionTask(
  { database: { db }, keys, config, now, log }: ReceiverContext,
  current: Current,
): PeriodicTask<Deleted | undefined> {
  const retain = async (): Promise<Deleted | undefined> => {
    const { time, doubt } = await believeClock(db, now());
    current.witnesses = await readWitnesses(db);
    if (time === undefined) {
      log.error(`retention does not run: ${doubt}`);
      return undefined;
    }
    const deleted = await applyRetention({ db, keysFolder: keys.folder, config, log }, time);
    await findFloods({ db, least: config.floods?.subjects, log }, now());
    current.lastRuns.retention = now();
    return deleted;
  };
  return new PeriodicTask(retain, {
    everyMs: RETENTION_EVERY_MS,
    // A source that is refreshed meanwhile can confirm the clock.
    retrySoon: (deleted) => deleted === undefined,
    onFailure: (error) => log.error({ error: logSafeError(error) }, 'retention failed'),
  });
}

/** Orders and keys are up to date by now, so a failure here fails nothing else. It is repeated with the next refresh. */
async function markCases(db: Database, now: number, log: Logger): Promise<void> {
  try {
    const cases = await markSuppressed(db, now);
    if (cases > 0) log.info({ cases }, 'decided cases are marked, because entries of theirs were withdrawn');
  } catch (error) {
    log.error({ error: logSafeError(error) }, 'decided cases are not marked');
  }
}

async function openSecondFactors({ database, log }: ReceiverContext, secret: KeySecret): Promise<TotpEncryption> {
  const { unreadable, ...totp } = await openTotpEncryption(database.db, secret);
  if (unreadable > 0)
    log.error({ users: unreadable }, 'second factors cannot be decrypted: another passphrase or key encrypted them');
  return totp;
}

function metricsOf(
  { database: { db }, config, now, log }: ReceiverContext,
  current: Current,
  ingest: Ingest,
): MetricsContext {
  return {
    db,
    now,
    log,
    ingest: () => ingest.figures(),
    sources: () => sourcesOf(config).map(({ name }) => ({ name, hasFailed: current.failedSources.includes(name) })),
    keyEndsAt: () => current.keyEndsAt,
    lastRuns: () => current.lastRuns,
  };
}
