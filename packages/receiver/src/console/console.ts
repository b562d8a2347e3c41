/**
 * Serves the console on a port of its own, on loopback, to browsers that signed in with a one-time link.
 * Flow: receiver → here → sign-in, cases → page. Promise: without a session no page shows data; no script, no frame, no
 * other origin; only this origin can sign in or out. Spec: docs/design/receiver.md#console.
 */
import { type Context, Hono } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { Logger } from 'pino';
import { readCases } from '../cases/cases.ts';
import { readOrderCounts, readOutcomeCounts, readWaitingCount } from '../cases/counts.ts';
import type { Database } from '../db/schema.ts';
import { listen } from '../http/server.ts';
import { logSafeError } from '../log-safe-error.ts';
import { page } from './page.ts';
import { SESSION_MS, SignIn } from './sign-in.ts';
import { signedOutPage, signInPage } from './sign-in-page.ts';
import { STYLE } from './style.ts';

const MAX_CASES = 200;
const COOKIE = 'lodestone-console';

const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'Cache-Control': 'no-store',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  // Not "no-referrer": the browser would then send the origin of a form as "null".
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
};

export interface ConsoleContext {
  db: Database;
  log: Logger;
  now: () => number;
}

export interface Console {
  /** `http://127.0.0.1:port/`. */
  url: string;
  /** A link that signs one browser in, once, within 10 minutes. It ends the link before it. */
  signInLink(): string;
  close(): Promise<void>;
}

/** @throws {LodestoneError} `ERR_RECEIVER` if the port is in use */
export async function openConsole(port: number, context: ConsoleContext): Promise<Console> {
  const signIn = new SignIn(context.now);
  const server = await listen(consoleApp(context, signIn), { port, host: '127.0.0.1' });
  return {
    url: `${server.url}/`,
    signInLink: () => `${server.url}/sign-in?link=${signIn.issueLink()}`,
    close: () => server.close(),
  };
}

function consoleApp({ db, log }: ConsoleContext, signIn: SignIn): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    const refusal = refusalOf(c.req.raw);
    if (refusal) return c.text(refusal, 403);
    await next();
    for (const [name, value] of Object.entries(HEADERS)) c.header(name, value);
    return undefined;
  });
  app.get('/console.css', (c) => c.body(STYLE, 200, { 'Content-Type': 'text/css; charset=utf-8' }));
  app.get('/sign-in', (c) => c.html(signInPage(c.req.query('link') ?? '')));
  app.post('/sign-in', async (c) => {
    const session = signIn.useLink(await formField(c, 'link'));
    if (session === undefined) return c.html(signedOutPage('This link was used, or is older than 10 minutes.'), 401);
    setCookie(c, COOKIE, session, { httpOnly: true, sameSite: 'Strict', path: '/', maxAge: SESSION_MS / 1_000 });
    return c.redirect('/', 303);
  });
  app.post('/sign-out', (c) => {
    signIn.signOut(getCookie(c, COOKIE) ?? '');
    deleteCookie(c, COOKIE, { path: '/' });
    return c.html(signedOutPage('You are signed out.'));
  });
  app.get('/', async (c) => {
    if (!signIn.isSignedIn(getCookie(c, COOKIE) ?? '')) return c.html(signedOutPage('You are not signed in.'), 401);
    const [cases, counts, waiting, orders] = [
      await readCases(db, MAX_CASES),
      await readOutcomeCounts(db),
      await readWaitingCount(db),
      await readOrderCounts(db),
    ];
    return c.html(page({ cases, limit: MAX_CASES, counts, waiting, orders }));
  });
  app.notFound((c) => c.text('Not found.\n', 404));
  app.onError((error, c) => {
    log.error({ error: logSafeError(error), method: c.req.method }, 'a console request failed');
    return c.text('Internal error.\n', 500);
  });
  return app;
}

async function formField(c: Context, name: string): Promise<string> {
  const declared = Number(c.req.header('content-length') ?? Infinity);
  if (declared > 1_024) return '';
  const value = (await c.req.parseBody())[name];
  return typeof value === 'string' ? value : '';
}

const LOOPBACK = /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\]|::1)$/;

export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/**
 * Why a request is refused, if it is: a host name that is not loopback (DNS rebinding), a proxy, or a form of another
 * origin. The cookie is SameSite=Strict, which allows other ports of the same host; the origin check does not.
 */
function refusalOf({ url, method, headers }: Request): string | undefined {
  const isForwarded = ['forwarded', 'x-forwarded-for', 'via'].some((name) => headers.has(name));
  if (isForwarded || !isLoopback(new URL(url).hostname))
    return 'Open the console on the machine that runs the receiver, by a loopback address.\n';
  if (method !== 'GET' && method !== 'HEAD' && headers.get('origin') !== new URL(url).origin)
    return 'Send this form from the console itself.\n';
  return undefined;
}
