/** A database that hangs or is away: every port answers after a stated time with 503 and Retry-After, and people get a page that says so. */
import { Kysely, PostgresDialect } from 'kysely';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DEFAULT_CONFIG } from '../src/config.ts';
import { consoleApp } from '../src/console/console.ts';
import { formToken } from '../src/console/visit.ts';
import { contestsEndpoint } from '../src/contests/endpoint.ts';
import { isDatabaseAway } from '../src/db/is-away.ts';
import type { Tables } from '../src/db/schema.ts';
import { metricsApp, type MetricsContext } from '../src/http/metrics.ts';
import { totpEncryption } from '../src/users/totp-encryption.ts';
import { LateError } from '../src/within.ts';
import { SECRET } from './support/secret.ts';

const log = pino({ level: 'silent' });
const SESSION = `lss_${'A'.repeat(43)}`;
const ORIGIN = 'http://127.0.0.1:8080';
const hanging = (): Promise<never> => Promise.withResolvers<never>().promise;
const away = (): Promise<never> => Promise.reject(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }));
const on = (pool: () => Promise<never>) => new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
const consoleOn = (pool: () => Promise<never>) =>
  consoleApp({
    db: on(pool),
    totp: totpEncryption(SECRET, new Uint8Array(16)),
    config: DEFAULT_CONFIG,
    log,
    now: Date.now,
  });

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** @returns the answer, and after how many milliseconds it came */
async function timed(answering: Response | Promise<Response>): Promise<[Response, number]> {
  const from = Date.now();
  let ended: Response | undefined;
  const waiting = Promise.resolve(answering).then((response) => void (ended = response));
  while (!ended && Date.now() - from < 60_000) await vi.advanceTimersByTimeAsync(500);
  await waiting;
  return [ended as unknown as Response, Date.now() - from];
}

const form = (path: string): Request =>
  new Request(`${ORIGIN}${path}`, {
    method: 'POST',
    headers: {
      cookie: `lodestone-console=${SESSION}`,
      origin: ORIGIN,
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': '99',
    },
    body: new URLSearchParams({ token: formToken(SESSION), name: 'ada', passphrase: 'x', code: '1' }),
  });
const page = (path: string): Request =>
  new Request(`${ORIGIN}${path}`, { headers: { cookie: `lodestone-console=${SESSION}` } });

test.each([
  ['a page', () => page('/cases'), 'Wait a minute, then load this page again.'],
  ['the first page', () => page('/'), 'Wait a minute, then load this page again.'],
  ['the sign-in', () => form('/sign-in'), 'What you sent may be stored or not.'],
  ['an action', () => form('/cases/1/take'), 'What you sent may be stored or not.'],
])('the console: %s', async (_, request, text) => {
  for (const [pool, least, most] of [
    [hanging, 15_000, 16_000],
    [away, 0, 1_000],
  ] as const) {
    const [response, ms] = await timed(consoleOn(pool).request(request()));
    const html = await response.text();
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '60']);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(html.replaceAll(/\s+/g, ' ')).toContain(text);
    expect(ms).toBeGreaterThanOrEqual(least);
    expect(ms).toBeLessThanOrEqual(most);
  }
});

test('contests: 503 with Retry-After after 30 seconds', async () => {
  const app = contestsEndpoint({ db: on(hanging), token: 'secret', now: Date.now, log });
  for (const [path, body] of [
    ['/', '{"receipt":"MFRG-GZDF-MZTW-Q2LK","text":"It is my dog."}'],
    ['/outcome', '{"receipt":"MFRG-GZDF-MZTW-Q2LK"}'],
  ] as const) {
    const [response, ms] = await timed(
      app.request(path, { method: 'POST', headers: { authorization: 'Bearer secret' }, body }),
    );
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '60']);
    expect(ms).toBeLessThanOrEqual(31_000);
  }
});

test('metrics: those of this process after 5 seconds, and database_up 0', async () => {
  const context: MetricsContext = {
    db: on(hanging),
    now: Date.now,
    log,
    ingest: () => ({ gathering: 0, batches: 0, bodies: 0, failedBatches: 0, refused: 0, storeSeconds: 0 }),
    sources: () => [],
    keyEndsAt: () => undefined,
    lastRuns: () => ({}),
  };
  const [response, ms] = await timed(metricsApp(context).request('/metrics'));
  expect(await response.text()).toMatch(/^lodestone_receiver_database_up 0$/m);
  expect(ms).toBeLessThanOrEqual(6_000);
});

test.each([
  [new LateError(5), true],
  [Object.assign(new Error('x'), { code: 'ECONNRESET' }), true],
  [Object.assign(new Error('terminating connection'), { code: '57P01' }), true],
  [Object.assign(new Error('too many connections'), { code: '53300' }), true],
  [new Error('timeout exceeded when trying to connect'), true],
  [new Error('Connection terminated unexpectedly'), true],
  [new Error('x', { cause: Object.assign(new Error('y'), { code: '08006' }) }), true],
  [Object.assign(new Error('duplicate key'), { code: '23505' }), false],
  [new TypeError('a fault of the program'), false],
  ['text', false],
])('%s: the database is away is %s', (error, expected) => {
  expect(isDatabaseAway(error)).toBe(expected);
});
