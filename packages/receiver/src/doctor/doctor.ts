/**
 * Checks a receiver from outside, beside one that serves or before the first: configuration, keys, database, clock, authorities,
 * port and retention. Flow: cli → here → finding. Promise: it creates and migrates nothing, and every line says ok, or what is wrong and the
 * fix. Spec: docs/design/receiver.md#doctor
 */
import { existsSync } from 'node:fs';
import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { DAY_MS, fromInstant, toDay } from '@lodestone/protocol/time';
import { importPrivateKeys } from '@lodestone/seal';
import { pino } from 'pino';
import { countDueCases } from '../cases/end-cases.ts';
import { readClock } from '../clock/trusted-time.ts';
import { readConfig, type ReceiverConfig } from '../config.ts';
import { isInUse } from '../db/lock.ts';
import { schemaState } from '../db/migrate.ts';
import { type OpenDatabase, openUnmigrated } from '../db/open.ts';
import { destroyedAt, keyFolder, readKeys } from '../keys/files.ts';
import { keySecretFrom } from '../keys/key-encryption.ts';
import { readSubjectKeys } from '../keys/subject-keys.ts';
import { checkPort } from '../http/server.ts';
import { checkSources } from './check-sources.ts';
import { attempt, type Finding, ok, wrong } from './finding.ts';

export interface DoctorOptions {
  dataDir: string;
  keysDir?: string | undefined;
  databaseUrl?: string | undefined;
  /** Checked only if it is given. */
  port?: number | undefined;
  host: string;
  now: () => number;
  env: NodeJS.ProcessEnv;
}

/** Days before the newest key expires at which a new one is due: devices need time to get it. */
const ROTATE_DAYS = 14;

/** In the order in which an operator repairs things. */
export async function* examine(options: DoctorOptions): AsyncGenerator<Finding> {
  let config: ReceiverConfig | undefined;
  yield* await attempt('config', async () => {
    config = await readConfig(options.dataDir);
    return describeConfig(config);
  });
  if (!config) return;
  const known = config;
  yield* await attempt('folder', () => checkFolder(options.dataDir));
  yield* await attempt('keys', () => checkKeys(options));
  yield* await attempt('subjects', () => checkSubjects(options.dataDir));
  yield* await attempt('database', () => checkDatabase(options, known));
  yield* await checkSources(known, options);
  const { port, host } = options;
  if (port !== undefined) yield* await attempt('port', () => checkFreePort(port, host));
}

function describeConfig({ authorities: { orders, lists, provider }, endpoint }: ReceiverConfig): Finding[] {
  const findings = [ok('config', `receiver.json has ${orders.length + lists.length + (provider ? 1 : 0)} sources`)];
  if (orders.length === 0 && !provider)
    findings.push(
      wrong('config', 'no source of orders, so no signal counts; add one to "authorities" in receiver.json'),
    );
  if (endpoint === undefined)
    findings.push(
      wrong(
        'config',
        'no "endpoint", so signals of orders that are not known yet do not wait; set it as orders name it',
      ),
    );
  return findings;
}

async function checkFolder(dataDir: string): Promise<Finding> {
  if (process.platform === 'win32') return ok('folder', 'access is up to the rules of the parent folder');
  const { mode } = await lstat(dataDir);
  return (mode & 0o077) === 0
    ? ok('folder', `${dataDir} is readable by its owner only`)
    : wrong('folder', `other users can access ${dataDir}; run chmod 700 on it (a start does so as well)`);
}

async function checkKeys({ dataDir, keysDir, env, now }: DoctorOptions): Promise<Finding[]> {
  const keys = await readKeys(keyFolder({ dataDir, keysDir, secret: keySecretFrom(env) }));
  await importPrivateKeys(keys);
  const at = now();
  const valid = keys.filter(({ notBefore, notAfter }) => fromInstant(notBefore) <= at && at < fromInstant(notAfter));
  const newest = valid.toSorted((a, b) => fromInstant(b.notAfter) - fromInstant(a.notAfter))[0];
  if (!newest) return [wrong('keys', 'no key is valid now; run rotate, then sign and publish keys.json')];
  const days = Math.floor((fromInstant(newest.notAfter) - at) / DAY_MS);
  const findings = [
    days < ROTATE_DAYS
      ? wrong('keys', `the newest key ends in ${days} days; run rotate, then sign and publish keys.json`)
      : ok('keys', `${keys.length} of at most 4; key ${newest.id} is valid for ${days} more days`),
  ];
  const old = keys.filter(({ notAfter }) => destroyedAt(notAfter) < at);
  if (old.length > 0)
    findings.push(wrong('keys', `key ${old[0]?.id} should have been deleted; run purge, or serve, which does so`));
  return findings;
}

async function checkSubjects(dataDir: string): Promise<Finding> {
  const keys = await readSubjectKeys(dataDir);
  return keys.length > 0
    ? ok('subjects', `${keys.length} public subject key${keys.length === 1 ? '' : 's'} of the account service`)
    : wrong('subjects', 'no public subject key, so no signal with a pseudonym counts; run subject-keys import');
}

async function checkDatabase(options: DoctorOptions, config: ReceiverConfig): Promise<Finding[]> {
  if (options.databaseUrl === undefined && !existsSync(path.join(options.dataDir, 'db')))
    return [ok('database', 'there is no embedded database yet; the first start creates it')];
  const what = options.databaseUrl === undefined ? 'embedded database' : 'PostgreSQL';
  let database: OpenDatabase;
  try {
    database = await openUnmigrated({ ...options, databaseUrl: options.databaseUrl, log: pino({ level: 'silent' }) });
  } catch (error) {
    // The kernel's lock says that a receiver runs, and its /readyz says how it is.
    if (isInUse(error))
      return [
        ok(
          'database',
          'in use by a running receiver or command; ask its /readyz. Stop it to check version and retention',
        ),
      ];
    throw error;
  }
  try {
    const { found, expected, unknown, isEmpty } = await schemaState(database.db);
    if (isEmpty) return [ok('database', `${what} answers and is empty; the first start creates its tables`)];
    if (unknown.length > 0)
      return [
        wrong(
          'database',
          `its version ${found} is not one of this release (${expected}); run the release that made it`,
        ),
      ];
    if (found !== expected)
      return [
        wrong(
          'database',
          `its version is ${found}, of an earlier release; the next start brings it to ${expected}. Back it up first`,
        ),
      ];
    return [ok('database', `${what}, version ${found}`), await checkRetention(database, config, options.now())];
  } finally {
    await database.close();
  }
}

async function checkRetention({ db }: OpenDatabase, config: ReceiverConfig, now: number): Promise<Finding> {
  const { doubt } = await readClock(db, now);
  if (doubt !== undefined) return wrong('retention', doubt);
  const due = await countDueCases(db, config, toDay(now));
  return due === 0
    ? ok('retention', 'no case is due for deletion')
    : wrong('retention', `${due} cases are due for deletion; run purge, or serve, which deletes every hour`);
}

async function checkFreePort(port: number, host: string): Promise<Finding> {
  await checkPort(port, host);
  return ok('port', `port ${port} of ${host} is free`);
}
