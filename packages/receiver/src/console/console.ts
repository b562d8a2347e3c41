/**
 * Serves the console to browsers on this machine. It has no sign-in, so it requires a loopback address, a loopback host
 * name (against DNS rebinding) and no proxy. Promise: no script, no frame, no other origin.
 * Flow: http/app → here → cases → page. Spec: docs/design/receiver.md#console.
 */
import { Hono } from 'hono';
import { readCases } from '../cases/cases.ts';
import { readOrderCounts, readOutcomeCounts } from '../cases/counts.ts';
import type { Database } from '../db/schema.ts';
import { page } from './page.ts';
import { STYLE } from './style.ts';

const MAX_CASES = 200;

const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cache-Control': 'no-store',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

export function consoleApp(db: Database): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    if (!isLocalRequest(c.req.raw))
      return c.text('Open the console on the machine that runs the receiver, by a loopback address.\n', 403);
    await next();
    for (const [name, value] of Object.entries(HEADERS)) c.header(name, value);
    return undefined;
  });
  app.get('/', async (c) => {
    const [cases, counts, orders] = [
      await readCases(db, MAX_CASES),
      await readOutcomeCounts(db),
      await readOrderCounts(db),
    ];
    return c.html(page({ cases, limit: MAX_CASES, counts, orders }));
  });
  app.get('/console.css', (c) => c.body(STYLE, 200, { 'Content-Type': 'text/css; charset=utf-8' }));
  return app;
}

const LOOPBACK = /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\]|::1)$/;

export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

function isLocalRequest(request: Request): boolean {
  const isForwarded = ['forwarded', 'x-forwarded-for', 'via'].some((name) => request.headers.has(name));
  return !isForwarded && isLoopback(new URL(request.url).hostname);
}
