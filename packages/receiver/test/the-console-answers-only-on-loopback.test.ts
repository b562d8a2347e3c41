/** The console has no sign-in, so it answers only browsers on the same machine. */
import { request } from 'node:http';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { Kysely, PGliteDialect } from 'kysely';
import { isLoopback } from '../src/console/console.ts';
import type { Tables } from '../src/db/schema.ts';
import { createApp } from '../src/http/app.ts';
import { listen } from '../src/http/server.ts';

/** A database that fails if it is queried. */
const untouched = new Kysely<Tables>({
  dialect: new PGliteDialect({ pglite: () => Promise.reject(new Error('the database was queried')) }),
});
const app = (withConsole: boolean) =>
  createApp({
    db: untouched,
    ingest: { accept: () => Promise.resolve(), close: () => Promise.resolve() },
    log: pino({ level: 'silent' }),
    withConsole,
    failedSources: () => [],
  });

async function statusOf(withConsole: boolean, path: string, headers: Record<string, string>): Promise<number> {
  const server = await listen(app(withConsole), { port: 0, host: '127.0.0.1' });
  try {
    return await new Promise<number>((resolve, reject) => {
      request(`${server.url}${path}`, { headers, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      })
        .on('error', reject)
        .end();
    });
  } finally {
    await server.close();
  }
}

test.each([
  ['with another host name, as after DNS rebinding', { host: 'evil.example' }],
  ['with a host name that starts with localhost', { host: 'localhost.evil.example' }],
  ['through a proxy that sends X-Forwarded-For', { 'x-forwarded-for': '192.0.2.7' }],
  ['through a proxy that sends Forwarded', { forwarded: 'for=192.0.2.7' }],
])('a request %s gets a 403, and the database is not queried', async (_, headers) => {
  expect(await statusOf(true, '/', headers)).toBe(403);
  expect(await statusOf(true, '/console.css', headers)).toBe(403);
});

test('a console that is off, or on a public address, is a 404', async () => {
  expect(await statusOf(false, '/', {})).toBe(404);
  expect(await statusOf(false, '/console.css', {})).toBe(404);
});

test('the style sheet answers on loopback, and the health checks answer on any address', async () => {
  expect(await statusOf(true, '/console.css', {})).toBe(200);
  expect(await statusOf(true, '/healthz', { host: 'receiver.example' })).toBe(200);
  expect(await statusOf(true, '/readyz', { host: 'receiver.example' })).toBe(503);
});

describe('isLoopback', () => {
  test.each(['127.0.0.1', '127.9.9.9', 'localhost', '::1', '[::1]'])('%s is a loopback address', (host) => {
    expect(isLoopback(host)).toBe(true);
  });
  test.each(['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.example', 'localhost.example', ''])(
    '%j is not a loopback address',
    (host) => {
      expect(isLoopback(host)).toBe(false);
    },
  );
});
