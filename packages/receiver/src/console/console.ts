/**
 * Serves the console to a browser on this machine. It has no sign-in, so it answers only where the receiver listens on
 * loopback, under a loopback name (a page elsewhere that points its name here is refused), and not through a proxy.
 * Promise: no script, no frame, no other origin. Spec: DESIGN §9.
 */
import { Hono } from 'hono';
import { readCases } from '../cases/cases.ts';
import { readCounts, readOrderCounts } from '../cases/counts.ts';
import type { Database } from '../db/schema.ts';
import { page } from './page.ts';
import { STYLE } from './style.ts';

const CASES_SHOWN = 200;

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
    if (!isFromHere(c.req.raw)) return c.text('The console answers on this machine only.\n', 403);
    await next();
    for (const [name, value] of Object.entries(HEADERS)) c.header(name, value);
    return undefined;
  });
  app.get('/', async (c) => {
    const [cases, counts, orders] = [await readCases(db, CASES_SHOWN), await readCounts(db), await readOrderCounts(db)];
    return c.html(page({ cases, limit: CASES_SHOWN, counts, orders }));
  });
  app.get('/console.css', (c) => c.body(STYLE, 200, { 'Content-Type': 'text/css; charset=utf-8' }));
  return app;
}

const LOOPBACK = /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\]|::1)$/;

export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

function isFromHere(request: Request): boolean {
  const isForwarded = ['forwarded', 'x-forwarded-for', 'via'].some((name) => request.headers.has(name));
  return !isForwarded && isLoopback(new URL(request.url).hostname);
}
