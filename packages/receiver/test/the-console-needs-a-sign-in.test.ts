/** The console shows data only to a browser that used a one-time link, on loopback, and only to its own origin. */
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Kysely, PGliteDialect } from 'kysely';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Console, isLoopback, openConsole } from '../src/console/console.ts';
import { LINK_MS, SESSION_MS, SignIn } from '../src/console/sign-in.ts';
import type { Tables } from '../src/db/schema.ts';
import { initReceiver } from '../src/init.ts';
import { startReceiver } from '../src/receiver.ts';
import { copyEmbeddedDatabase } from './support/embedded-database.ts';
import { SECRET } from './support/secret.ts';
import { signIn } from './support/sign-in.ts';

/** A database that fails if it is queried: a 500 shows that a request got past the sign-in. */
const untouched = new Kysely<Tables>({
  dialect: new PGliteDialect({ pglite: () => Promise.reject(new Error('the database was queried')) }),
});
const SIGNED_IN = 500;

let now = 0;
let opened: Console;
beforeEach(async () => {
  now = 1_000_000;
  opened = await openConsole(0, { db: untouched, log: pino({ level: 'silent' }), now: () => now });
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
  test.each(['/', '/?link=x', '/sign-in', '/sign-in?link=x', '/cases', '/console.css'])(
    'GET %s does not query the database',
    async (path) => {
      expect([200, 401, 404]).toContain(await statusOf(path));
    },
  );
  test.each(['', 'x', 'A'.repeat(43)])('the cookie %j gets a 401', async (token) => {
    expect(await statusOf('/', { cookie: `lodestone-console=${token}` })).toBe(401);
  });
});

describe('a one-time link', () => {
  test('signs in once, and the cookie is HttpOnly and SameSite=Strict', async () => {
    const link = opened.signInLink();
    const { response, cookie } = await signIn(link);
    expect([response.status, response.headers.get('location')]).toEqual([303, '/']);
    expect(response.headers.get('set-cookie')).toMatch(
      /^lodestone-console=[\w-]{43}; Max-Age=28800; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    expect(await statusOf('/', { cookie })).toBe(SIGNED_IN);
    const again = await signIn(link);
    expect([again.response.status, again.cookie]).toEqual([401, '']);
  });
  test('is not used up by a program that previews it', async () => {
    const link = opened.signInLink();
    expect((await fetch(link)).status).toBe(200);
    expect((await signIn(link)).response.status).toBe(303);
  });
  test('ends after 10 minutes', async () => {
    const link = opened.signInLink();
    now += LINK_MS;
    expect((await signIn(link)).response.status).toBe(401);
  });
  test('ends when a new one is printed', async () => {
    const first = opened.signInLink();
    const second = opened.signInLink();
    expect((await signIn(first)).response.status).toBe(401);
    expect((await signIn(second)).response.status).toBe(303);
  });
  test('that nobody issued signs nobody in, however many are tried', async () => {
    const guard = new SignIn(() => now);
    expect(guard.useLink('')).toBeUndefined();
    const link = guard.issueLink();
    for (let i = 0; i < 100; i++) expect(guard.useLink(`${link}${i}`)).toBeUndefined();
    expect(guard.useLink(link)).toMatch(/^[\w-]{43}$/);
  });
});

describe('a session', () => {
  test('ends after 8 hours, and at sign-out', async () => {
    const { cookie } = await signIn(opened.signInLink());
    now += SESSION_MS - 1;
    expect(await statusOf('/', { cookie })).toBe(SIGNED_IN);
    now += 1;
    expect(await statusOf('/', { cookie })).toBe(401);
    const next = await signIn(opened.signInLink());
    expect(await statusOf('/sign-out', { cookie: next.cookie, origin: new URL(opened.url).origin }, 'POST')).toBe(200);
    expect(await statusOf('/', { cookie: next.cookie })).toBe(401);
  });
});

describe('another origin', () => {
  const forms: [string, Record<string, string>][] = [
    ['of another site', { origin: 'https://evil.example' }],
    ['of another port of this host', { origin: 'http://127.0.0.1:1' }],
    ['of an opaque origin', { origin: 'null' }],
    ['without an origin', {}],
  ];
  test.each(forms)('a form %s neither signs in nor out', async (_, headers) => {
    const link = new URL(opened.signInLink());
    const form = { ...headers, 'content-type': 'application/x-www-form-urlencoded' };
    expect(await statusOf('/sign-in', form, 'POST', link.search.slice(1))).toBe(403);
    const { cookie } = await signIn(link.href);
    expect(await statusOf('/sign-out', { ...headers, cookie }, 'POST')).toBe(403);
    expect(await statusOf('/', { cookie })).toBe(SIGNED_IN);
  });
  test.each([
    ['with another host name, as after DNS rebinding', { host: 'evil.example' }],
    ['with a host name that starts with localhost', { host: 'localhost.evil.example' }],
    ['through a proxy that sends X-Forwarded-For', { 'x-forwarded-for': '192.0.2.7' }],
    ['through a proxy that sends Forwarded', { forwarded: 'for=192.0.2.7' }],
  ])('a request %s gets a 403, also with a session', async (_, headers) => {
    const { cookie } = await signIn(opened.signInLink());
    for (const path of ['/', '/sign-in', '/console.css'])
      expect(await statusOf(path, { ...headers, cookie })).toBe(403);
  });
});

test('every page has a strict CSP and is not cached', async () => {
  for (const path of ['', 'sign-in', 'console.css']) {
    const { headers } = await fetch(`${opened.url}${path}`);
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
