/** `/openapi.json` has every route of the public port and no other, and its answers are those that the port gives. */
import { check } from '@lodestone/protocol/document';
import { LodestoneError } from '@lodestone/protocol/error';
import type { Name } from '@lodestone/protocol/name';
import {
  type Dialect,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresDialect,
  PostgresIntrospector,
  PostgresQueryCompiler,
} from 'kysely';
import { pino } from 'pino';
import { expect, test, vi } from 'vitest';
import type { Tables } from '../src/db/schema.ts';
import { createApp } from '../src/http/app.ts';
import { listen } from '../src/http/server.ts';
import { openApi, ReadyAnswer } from '../src/http/openapi.ts';
import type { Ingest } from '../src/ingest/ingest.ts';

const answering: Dialect = {
  createAdapter: () => new PostgresAdapter(),
  createDriver: () => new DummyDriver(),
  createIntrospector: (db) => new PostgresIntrospector(db),
  createQueryCompiler: () => new PostgresQueryCompiler(),
};
const down = new PostgresDialect({ pool: () => Promise.reject(new Error('down')) });
const hanging = new PostgresDialect({ pool: () => Promise.withResolvers<never>().promise });
const full = (): Promise<void> => Promise.reject(new LodestoneError('ERR_RECEIVER', 'full'));

const app = (
  dialect: Dialect,
  accept: Ingest['accept'] = () => Promise.resolve(),
  token: string | undefined = 'secret',
) =>
  createApp({
    db: new Kysely<Tables>({ dialect }),
    ingest: { accept } as Ingest,
    contests: {
      db: new Kysely<Tables>({ dialect }),
      token,
      now: Date.now,
      log: pino({ level: 'silent' }),
      answerStepMs: 1,
    },
    log: pino({ level: 'silent' }),
    now: Date.now,
    failedSources: () => ['court' as Name],
  });

const documented = Object.entries(openApi().paths).flatMap(([path, operations]) =>
  Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
);

const TOKEN = { authorization: 'Bearer secret' };
const CONTEST = '{"receipt":"MFRG-GZDF-MZTW-Q2LK","text":"It is my dog."}';
const RECEIPT = '{"receipt":"MFRG-GZDF-MZTW-Q2LK"}';

test('every route is documented, and every documented one exists', () => {
  // "ALL" is what refuses other methods, and what adds headers.
  const routes = app(answering).routes.filter(({ method }) => method !== 'ALL');
  expect(documented.toSorted()).toEqual([...new Set(routes.map(({ method, path }) => `${method} ${path}`))].sort());
});

test('the served document is the one that is compared here', async () => {
  expect(await (await app(answering).request('/openapi.json')).json()).toEqual(JSON.parse(JSON.stringify(openApi())));
});

test.each<[string, string, number, Dialect, RequestInit?, Ingest['accept']?]>([
  ['post', '/v1/signals', 204, answering, { body: new Uint8Array(256) }],
  ['post', '/v1/signals', 400, answering, { body: new Uint8Array(255) }],
  ['post', '/v1/signals', 413, answering, { body: new Uint8Array(257) }],
  ['post', '/v1/signals', 503, answering, { body: new Uint8Array(256) }, full],
  ['options', '/v1/signals', 204, answering],
  ...['/v1/contests', '/v1/contests/outcome'].flatMap((path): [string, string, number, Dialect, RequestInit][] => [
    ['post', path, 400, answering, { headers: TOKEN, body: '{}' }],
    ['post', path, 401, answering, {}],
    ['post', path, 413, answering, { headers: TOKEN, body: 'x'.repeat(20_000) }],
    ['post', path, 503, down, { headers: TOKEN, body: path === '/v1/contests' ? CONTEST : RECEIPT }],
  ]),
  ['get', '/healthz', 200, answering],
  ['get', '/readyz', 200, answering],
  ['get', '/readyz', 503, down],
  ['get', '/openapi.json', 200, answering],
])('%s %s answers %i with the documented type and headers', async (method, path, status, dialect, init, accept) => {
  const server = await listen(app(dialect, accept), { port: 0, host: '127.0.0.1' });
  const response = await fetch(`${server.url}${path}`, { method: method.toUpperCase(), ...init });
  expect(response.status).toBe(status);
  const answer = openApi().paths[path]?.[method]?.responses[status];
  const type = response.headers.get('content-type')?.split(';')[0];
  expect(type === undefined ? [] : [type]).toEqual(Object.keys(answer?.content ?? {}));
  for (const name of Object.keys(answer?.headers ?? {})) expect(response.headers.get(name)).not.toBeNull();
  if (path === '/readyz') {
    const body = check(ReadyAnswer, await response.json(), 'answer');
    expect(body).toEqual({
      database: status === 200 ? 'ok' : 'failed',
      clock: status === 200 ? 'ok' : 'unknown',
      failedSources: ['court'],
    });
  }
  await server.close();
});

test('without a token of the account service, contests are 404', async () => {
  for (const path of ['/v1/contests', '/v1/contests/outcome']) {
    const response = await createApp({
      db: new Kysely<Tables>({ dialect: answering }),
      ingest: { accept: full } as unknown as Ingest,
      contests: {
        db: new Kysely<Tables>({ dialect: answering }),
        token: undefined,
        now: Date.now,
        log: pino({ level: 'silent' }),
      },
      log: pino({ level: 'silent' }),
      now: Date.now,
      failedSources: () => [],
    }).request(path, { method: 'POST' });
    expect(response.status).toBe(404);
    expect(openApi().paths[path]?.['post']?.responses[404]).toBeDefined();
  }
});

test('a database that hangs is not ready', async () => {
  vi.useFakeTimers();
  try {
    const answer = app(hanging).request('/readyz');
    await vi.advanceTimersByTimeAsync(5_000);
    expect(check(ReadyAnswer, await (await answer).json(), 'answer').database).toBe('failed');
  } finally {
    vi.useRealTimers();
  }
});
