/**
 * `/metrics`, on a port of its own: figures for the operator's monitoring. Flow: receiver → here → database. Promise: no subject,
 * order, list, entry or address; not on the public port, where a sender could read from it what a body was.
 * Spec: docs/provide/operations.md#metrics
 */
import { toDay } from '@lodestone/protocol/time';
import { Hono } from 'hono';
import { sql } from 'kysely';
import type { Logger } from 'pino';
import { readOutcomeCounts, readWaitingCount } from '../cases/counts.ts';
import type { Database } from '../db/schema.ts';
import type { IngestFigures } from '../ingest/ingest.ts';
import { logSafeError } from '../log-safe-error.ts';
import { within } from '../within.ts';
import { CONTENT_TYPE, type Metric, printMetrics } from './prometheus.ts';

export interface MetricsContext {
  db: Database;
  now: () => number;
  log: Logger;
  /** Of this process. */
  ingest: () => IngestFigures;
  /** Names of all sources, and whether the last refresh of each failed. */
  sources: () => readonly { name: string; hasFailed: boolean }[];
  /** When the newest valid key ends; undefined if no key is valid. */
  keyEndsAt: () => number | undefined;
  /** When each task last succeeded. */
  lastRuns: () => Readonly<{ refresh?: number; retention?: number }>;
}

/** Below the 10 s for which Prometheus waits by default. */
const STORED_MS = 5_000;

export function metricsApp(context: MetricsContext): Hono {
  const app = new Hono();
  app.get('/metrics', async (c) => {
    let stored: Metric[] = [];
    try {
      stored = await within(STORED_MS, storedMetrics(context));
    } catch (error) {
      context.log.warn({ error: logSafeError(error) }, 'the database does not answer');
    }
    const answers = gauge('database_up', 'Whether the database answered; without it, figures of it are missing', [
      [{}, stored.length > 0 ? 1 : 0],
    ]);
    return c.body(printMetrics([answers, ...stored, ...processMetrics(context)]), 200, {
      'Content-Type': CONTENT_TYPE,
    });
  });
  app.notFound((c) => c.text('Not found.\n', 404));
  return app;
}

const metric =
  (type: Metric['type']) =>
  (name: string, help: string, samples: Metric['samples']): Metric => ({
    name: `lodestone_receiver_${name}`,
    help,
    type,
    samples,
  });
const [gauge, counter] = [metric('gauge'), metric('counter')];

/** The same on every receiver of the database. */
async function storedMetrics({ db, now }: MetricsContext): Promise<Metric[]> {
  const counts = await readOutcomeCounts(db);
  const states = await db
    .selectFrom('cases')
    .select(['state', ({ fn }) => fn.countAll<number>().as('cases')])
    .groupBy('state')
    .orderBy('state')
    .execute();
  const { rows } = await sql<{ overdue: number; held: number }>`select
    count(*) filter (where due_day < ${toDay(now())}::integer)::integer as overdue,
    count(*) filter (where held_day is not null)::integer as held from cases`.execute(db);
  return [
    gauge(
      'bodies',
      'Bodies by outcome, over the days for which counts are kept',
      Object.entries(counts).map(([outcome, bodies]) => [{ outcome }, bodies]),
    ),
    gauge('waiting_signals', 'Signals whose order or list version is not known yet', [
      [{}, await readWaitingCount(db)],
    ]),
    gauge(
      'cases',
      'Cases by state of review',
      states.map(({ state, cases }) => [{ state }, cases]),
    ),
    gauge('cases_overdue', 'Cases of which an action was due before today', [[{}, rows[0]?.overdue ?? 0]]),
    gauge('cases_held', 'Cases under a legal hold', [[{}, rows[0]?.held ?? 0]]),
  ];
}

function processMetrics({ ingest, sources, keyEndsAt, lastRuns }: MetricsContext): Metric[] {
  const { gathering, batches, bodies, failedBatches, refused, storeSeconds } = ingest();
  const runs = Object.entries(lastRuns()).flatMap(([task, at]) =>
    at === undefined ? [] : [[{ task }, at / 1_000] as const],
  );
  const ends = keyEndsAt();
  return [
    gauge('gathering_bodies', 'Bodies that wait to be stored', [[{}, gathering]]),
    counter('batches_total', 'Batches by result', [
      [{ result: 'stored' }, batches],
      [{ result: 'failed' }, failedBatches],
    ]),
    counter('stored_bodies_total', 'Bodies in batches that were stored', [[{}, bodies]]),
    counter('refused_bodies_total', 'Bodies that were answered with 503 because too many waited, or the clock jumped', [
      [{}, refused],
    ]),
    counter('store_seconds_total', 'Time spent on storing batches', [[{}, storeSeconds]]),
    gauge(
      'source_failed',
      'Whether the last refresh of a source failed',
      sources().map(({ name, hasFailed }) => [{ source: name }, hasFailed ? 1 : 0]),
    ),
    gauge('last_success_timestamp_seconds', 'When a task last succeeded', runs),
    gauge(
      'key_end_timestamp_seconds',
      'When the newest valid key ends',
      ends === undefined ? [] : [[{}, ends / 1_000]],
    ),
    gauge('resident_memory_bytes', 'Memory of this process', [[{}, process.memoryUsage.rss()]]),
    counter('cpu_seconds_total', 'Processor time of this process', [[{}, cpuSeconds()]]),
  ];
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
