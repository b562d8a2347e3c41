/**
 * All routes of the receiver's public port: signals, contests, and health checks for the operator.
 * Flow: http/server → here → ingest, contests. Promise: nothing on this port shows a signal or a case; the outcome of a contest needs its receipt and a token. Spec: docs/design/receiver.md#ingest.
 */
import type { Name } from '@lodestone/protocol/name';
import { Hono } from 'hono';
import type { Logger } from 'pino';
import { readClock } from '../clock/trusted-time.ts';
import type { Database } from '../db/schema.ts';
import { logSafeError } from '../log-safe-error.ts';
import { SIGNALS_PATH, signalsEndpoint } from '../ingest/endpoint.ts';
import type { Ingest } from '../ingest/ingest.ts';
import { contestsEndpoint, type ContestsContext } from '../contests/endpoint.ts';
import { within } from '../within.ts';
import { logFailure } from './failure.ts';
import { openApi, type ReadyAnswer } from './openapi.ts';

/** A database that hangs is as good as one that is away. */
const READY_MS = 5_000;

export interface AppContext {
  db: Database;
  ingest: Ingest;
  contests: ContestsContext;
  log: Logger;
  now: () => number;
  /** Names of sources whose last refresh failed. */
  failedSources: () => readonly Name[];
}

export function createApp({ db, ingest, contests, log, now, failedSources }: AppContext): Hono {
  const app = new Hono();
  app.route(SIGNALS_PATH, signalsEndpoint(ingest));
  app.route('/v1/contests', contestsEndpoint(contests));
  app.get('/healthz', (c) => c.text('ok\n'));
  app.get('/readyz', async (c) => {
    try {
      const { doubt } = await within(READY_MS, readClock(db, now()));
      const clock = doubt === undefined ? 'ok' : 'doubtful';
      const answer: ReadyAnswer = { database: 'ok', clock, failedSources: failedSources() };
      // Meanwhile signals get 503 too: another receiver may have a better clock.
      return c.json(answer, clock === 'ok' ? 200 : 503);
    } catch (error) {
      log.warn({ error: logSafeError(error) }, 'the database does not answer');
      const answer: ReadyAnswer = { database: 'failed', clock: 'unknown', failedSources: failedSources() };
      return c.json(answer, 503);
    }
  });
  app.get('/openapi.json', (c) => c.json(openApi()));
  app.notFound((c) => c.text('Not found.\n', 404));
  app.onError((error, c) => c.text(logFailure(log, error, c.req.method), 500));
  return app;
}
