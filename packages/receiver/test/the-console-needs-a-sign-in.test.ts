/** The console refuses what does not come from a loopback address and its own origin, before it reads the database. */
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Kysely, PGliteDialect } from 'kysely';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_CONFIG } from '../src/config.ts';
import { type Console, openConsole } from '../src/console/console.ts';
import { isLoopback } from '../src/console/origin.ts';
import type { Tables } from '../src/db/schema.ts';
import { initReceiver } from '../src/init.ts';
import { startReceiver } from '../src/receiver.ts';
import { totpEncryption } from '../src/users/totp-encryption.ts';
import { copyEmbeddedDatabase } from './support/embedded-database.ts';
import { SECRET } from './support/secret.ts';

/** A database that fails if it is queried: a 500 shows that a request got that far. */
const untouched = new Kysely<Tables>({
  dialect: new PGliteDialect({ pglite: () => Promise.reject(new Error('the database was queried')) }),
});
const QUERIED = 500;
const COOKIE = `lodestone-console=lss_${'A'.repeat(43)}`;

let opened: Console;
beforeEach(async () => {
  const log = pino({ level: 'silent' });
  const totp = totpEncryption(SECRET, new Uint8Array(16));
  opened = await openConsole(0, { db: untouched, totp, config: DEFAULT_CONFIG, log, now: Date.now });
});
afterEach(() => opened.close());

/** Unlike `fetch`, sends any Host header. */
function statusOf(path: string, headers: Record<string, string> = {}, method = 'GET', body = ''): Promise<number> {
  return new Promise((resolve, reject) => {
    request(new URL(path, opened.url), { method, headers, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end(body);
  });
}

describe('without a session', () => {
  test.each(['/', '/?link=x', '/cases', '/cases/1', '/users', '/overview', '/record.ndjson'])(
    'GET %s is a 401 that does not query the database',
    async (path) => {
      expect(await statusOf(path)).toBe(401);
      expect(await statusOf(path, { cookie: 'lodestone-console=x' })).toBe(401);
      expect(await statusOf(path, { cookie: COOKIE })).toBe(QUERIED);
    },
  );
  test('the sign-in and the style sheet are there', async () => {
    expect([await statusOf('/sign-in'), await statusOf('/console.css'), await statusOf('/nowhere')]).toEqual([
      200, 200, 404,
    ]);
  });
});

describe('another origin', () => {
  const forms: [string, Record<string, string>][] = [
    ['of another site', { origin: 'https://evil.example' }],
    ['of another port of this host', { origin: 'http://127.0.0.1:1' }],
    ['of an opaque origin', { origin: 'null' }],
    ['without an origin', {}],
  ];
  test.each(forms)('a form %s neither signs in nor out, and does not query the database', async (_, headers) => {
    const form = { ...headers, cookie: COOKIE, 'content-type': 'application/x-www-form-urlencoded' };
    for (const path of ['/sign-in', '/link', '/sign-out', '/users']) {
      expect(await statusOf(path, form, 'POST', 'name=x&link=x')).toBe(403);
      const fromElsewhere = { origin: new URL(opened.url).origin, 'sec-fetch-site': 'same-site' };
      expect(await statusOf(path, { ...form, ...fromElsewhere }, 'POST', 'name=x&link=x')).toBe(403);
    }
  });
  test.each([
    ['with another host name, as after DNS rebinding', { host: 'evil.example' }],
    ['with a host name that starts with localhost', { host: 'localhost.evil.example' }],
    ['through a proxy that sends X-Forwarded-For', { 'x-forwarded-for': '192.0.2.7' }],
    ['through a proxy that sends Forwarded', { forwarded: 'for=192.0.2.7' }],
    ['through a proxy that sends Via', { via: '1.1 proxy' }],
    ['through a proxy that sends X-Real-IP', { 'x-real-ip': '192.0.2.7' }],
    ['through a proxy that ends TLS', { 'x-forwarded-proto': 'https' }],
    ['through a proxy that sends X-Forwarded-Host', { 'x-forwarded-host': 'evil.example' }],
  ])('a request %s gets a 403', async (_, headers) => {
    for (const path of ['/', '/sign-in', '/console.css', '/cases'])
      expect(await statusOf(path, { ...headers, cookie: COOKIE })).toBe(403);
  });
});

test('every page has a strict CSP and is not cached', async () => {
  for (const [path, init] of [
    ['', {}],
    ['sign-in', {}],
    ['console.css', {}],
    ['users', { method: 'POST' }],
  ] as const) {
    const { headers } = await fetch(`${opened.url}${path}`, init);
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none';.*frame-ancestors 'none'$/);
    expect(headers.get('cache-control')).toBe('no-store');
  }
});

test('a receiver without consolePort has no console', async () => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'receiver-'));
  await initReceiver({ dataDir, secret: SECRET });
  await copyEmbeddedDatabase(path.join(dataDir, 'db'));
  const receiver = await startReceiver({ dataDir, secret: SECRET, port: 0, log: pino({ level: 'silent' }) });
  try {
    expect(receiver.console).toBeUndefined();
  } finally {
    await receiver.close();
    await rm(dataDir, { recursive: true, force: true });
  }
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
