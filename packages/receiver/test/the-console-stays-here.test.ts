/** The console has no sign-in: it answers a browser on this machine, and nobody else. */
import { request } from 'node:http';
import { pino } from 'pino';
import { describe as group, expect, test } from 'vitest';
import { Kysely, PGliteDialect } from 'kysely';
import { isLoopback } from '../src/console/console.ts';
import type { Tables } from '../src/db/schema.ts';
import { createApp } from '../src/http/app.ts';
import { listen } from '../src/http/server.ts';

/** A database that must not be asked. */
const untouched = new Kysely<Tables>({
  dialect: new PGliteDialect({ pglite: () => Promise.reject(new Error('the database was asked')) }),
});
const app = (withConsole: boolean) =>
  createApp({
    db: untouched,
    ingest: { take: () => Promise.resolve(), close: () => Promise.resolve() },
    log: pino({ level: 'silent' }),
    withConsole,
    failedSources: () => [],
  });

async function statusOf(withConsole: boolean, path: string, headers: Record<string, string>): Promise<number> {
  const server = await listen(app(withConsole), { port: 0, host: '127.0.0.1' });
  try {
    return await new Promise<number>((resolve, reject) => {
      request(`${server.url}${path}`, { headers }, (response) => {
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
  ['under another name, as after DNS rebinding', { host: 'evil.example' }],
  ['under a name that begins like this machine’s', { host: 'localhost.evil.example' }],
  ['through a proxy', { 'x-forwarded-for': '192.0.2.7' }],
  ['through a proxy that says so', { forwarded: 'for=192.0.2.7' }],
])('a request %s is a 403, and the database is not asked', async (_, headers) => {
  expect(await statusOf(true, '/', headers)).toBe(403);
  expect(await statusOf(true, '/console.css', headers)).toBe(403);
});

test('switched off, or on a public address, it is not there', async () => {
  expect(await statusOf(false, '/', {})).toBe(404);
  expect(await statusOf(false, '/console.css', {})).toBe(404);
});

test('its style sheet is there for this machine, and health for everybody', async () => {
  expect(await statusOf(true, '/console.css', {})).toBe(200);
  expect(await statusOf(true, '/healthz', { host: 'receiver.example' })).toBe(200);
  expect(await statusOf(true, '/readyz', { host: 'receiver.example' })).toBe(503);
});

group('isLoopback', () => {
  test.each(['127.0.0.1', '127.9.9.9', 'localhost', '::1', '[::1]'])('%s is', (host) => {
    expect(isLoopback(host)).toBe(true);
  });
  test.each(['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.example', 'localhost.example', ''])('%j is not', (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});
