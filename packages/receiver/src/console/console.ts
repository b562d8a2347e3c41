/**
 * Serves the console on a port of its own, on loopback. Flow: receiver → here → guard: origin, session, form token, role → routes.
 * Promise: without a session no page shows data, and no route runs that the user's role has not; no script, no frame, no other
 * origin. Spec: docs/design/receiver.md#console
 */
import { LodestoneError } from '@lodestone/protocol/error';
import type { Name } from '@lodestone/protocol/name';
import { type Context, Hono } from 'hono';
import { isDatabaseAway } from '../db/is-away.ts';
import { listen } from '../http/server.ts';
import { logSafeError } from '../log-safe-error.ts';
import { readLink, useLink } from '../users/links.ts';
import { endSession, useSession } from '../users/sessions.ts';
import { signIn } from '../users/sign-in.ts';
import { inviteUser } from '../users/users.ts';
import { ALLOWED } from './access.ts';
import { homeOf } from './frame.ts';
import { deleteSession, isConsoleOrigin, refusalOf, sessionOf, setSession } from './origin.ts';
import { notFoundPage, refusedPage } from './refused-page.ts';
import { ROUTES } from './routes.ts';
import { endedLinkPage, linkPage, signInPage } from './sign-in-pages.ts';
import { STYLE } from './style.ts';
import { trialLink } from './trial.ts';
import { RETRY_AFTER, within } from '../within.ts';
import { unavailablePage } from './unavailable-page.ts';
import { type ConsoleContext, hasFormToken, readForm, type Route, type Visit } from './visit.ts';

/** Longer than the wait for a connection, and as long as a person waits. */
const PAGE_MS = 15_000;

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

export interface Console {
  /** `http://127.0.0.1:port/`, or the origin that the operator named. */
  url: string;
  /** On 127.0.0.1. */
  port: number;
  /** A link with which a user sets up their sign-in, once, within 24 hours. @param token of an administrator */
  inviteLink(token: string, name: Name): Promise<string>;
  /** For receivers that are tried out: a link that signs one browser in as a lead, once, within 10 minutes. */
  trialLink(): Promise<string>;
  close(): Promise<void>;
}

/** @throws {LodestoneError} `ERR_RECEIVER` if the port is in use, or the origin is none */
export async function openConsole(port: number, context: ConsoleContext): Promise<Console> {
  const { origin } = context;
  if (origin !== undefined && !isConsoleOrigin(origin))
    throw new LodestoneError(
      'ERR_RECEIVER',
      `consoleOrigin ${origin}: use an origin such as https://console.example, without a path`,
    );
  const server = await listen(consoleApp(context), { port, host: '127.0.0.1' });
  const address = origin ?? server.url;
  return {
    url: `${address}/`,
    inviteLink: async (token, name) =>
      `${address}/link?link=${await inviteUser(context.db, token, name, context.now())}`,
    trialLink: async () => `${address}/link?link=${await trialLink(context.db, context.now())}`,
    port: Number(new URL(server.url).port),
    close: () => server.close(),
  };
}

/** All pages, without a server. */
export function consoleApp(context: ConsoleContext): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    const refusal = refusalOf(c.req.raw, context.origin);
    if (refusal) c.res = c.text(refusal, 403);
    else await within(PAGE_MS, next());
    for (const [name, value] of Object.entries(HEADERS)) c.header(name, value);
  });
  app.get('/console.css', (c) => c.body(STYLE, 200, { 'Content-Type': 'text/css; charset=utf-8' }));
  addSignIn(app, context);
  for (const route of ROUTES) app.on(route.method, route.path, async (c) => answer(c, context, route));
  app.get('/', async (c) => {
    const user = await useSession(context.db, sessionOf(c, context.origin), context.now());
    return user ? c.redirect(homeOf(user.role), 303) : c.html(signInPage(), 401);
  });
  app.notFound((c) => c.html(notFoundPage(), 404));
  app.onError((error, c) => {
    context.log.error({ error: logSafeError(error), method: c.req.method }, 'a console request failed');
    for (const [name, value] of Object.entries(HEADERS)) c.header(name, value);
    if (isDatabaseAway(error)) {
      c.header('Retry-After', RETRY_AFTER);
      return c.html(unavailablePage(c.req.method), 503);
    }
    return c.text('Internal error.\n', 500);
  });
  return app;
}

/** Runs a route for a signed-in user whose role allows it. */
async function answer(c: Context, context: ConsoleContext, route: Route): Promise<Response> {
  const session = sessionOf(c, context.origin);
  const user = await useSession(context.db, session, context.now());
  if (!user) return c.html(signInPage(), 401);
  const form = route.method === 'POST' ? await readForm(c, route.formBytes) : new Map<string, string>();
  const visit: Visit = { ...context, c, user, session, form };
  if (route.method === 'POST' && !hasFormToken(visit))
    return c.html(
      refusedPage(visit, 'This form belongs to another session, or is too long. Open the page again.'),
      403,
    );
  if (!ALLOWED[route.action][user.role])
    return c.html(refusedPage(visit, `This page is not for the role ${user.role}.`), 403);
  try {
    return await route.handle(visit);
  } catch (error) {
    if (!(error instanceof LodestoneError) || error.code === 'ERR_RECEIVER') throw error;
    return c.html(refusedPage(visit, error.message), 409);
  }
}

function addSignIn(app: Hono, { db, totp, now, log, origin }: ConsoleContext): void {
  app.get('/sign-in', (c) => c.html(signInPage()));
  app.post('/sign-in', async (c) => {
    const form = await readForm(c);
    const field = (name: string): string => form.get(name) ?? '';
    const attempt = { name: field('name'), passphrase: field('passphrase'), code: field('code').replaceAll(' ', '') };
    const result = await signIn({ db, totp }, attempt, now());
    if (result === 'wrong') return c.html(signInPage('Name, passphrase or code is wrong. A code works once.'), 401);
    if (result === 'too-many') return c.html(signInPage('Too many attempts. Wait 15 minutes.'), 429);
    if (result === 'unreadable') {
      log.error('the second factor of a user cannot be decrypted: another passphrase or key encrypted it');
      return c.html(signInPage(UNREADABLE), 500);
    }
    return enter(c, result.session);
  });
  app.get('/link', async (c) => {
    const token = c.req.query('link') ?? '';
    const link = await readLink(db, token, now());
    return link ? c.html(linkPage(token, link)) : c.html(endedLinkPage(), 410);
  });
  app.post('/link', async (c) => {
    const form = await readForm(c);
    const token = form.get('link') ?? '';
    const link = await readLink(db, token, now());
    if (!link) return c.html(endedLinkPage(), 410);
    const chosen = { passphrase: form.get('passphrase') ?? '', code: (form.get('code') ?? '').replaceAll(' ', '') };
    if (link.kind === 'set-up' && form.get('again') !== chosen.passphrase)
      return c.html(linkPage(token, link, 'The two passphrases differ.'), 400);
    try {
      const used = await useLink({ db, totp }, token, chosen, now());
      return used ? await enter(c, used.session) : c.html(endedLinkPage(), 410);
    } catch (error) {
      if (!(error instanceof LodestoneError)) throw error;
      return c.html(linkPage(token, link, error.message), 400);
    }
  });
  app.post('/sign-out', async (c) => {
    const session = sessionOf(c, origin);
    if (!hasFormToken({ session, form: await readForm(c) })) return c.html(signInPage(), 403);
    await endSession(db, session);
    deleteSession(c, origin);
    return c.redirect('/sign-in', 303);
  });

  /** Always with a new token: one that the browser had before ends. */
  async function enter(c: Context, session: string): Promise<Response> {
    await endSession(db, sessionOf(c, origin));
    setSession(c, origin, session);
    return c.redirect('/', 303);
  }
}

/** After the right passphrase only. */
const UNREADABLE =
  'This receiver cannot decrypt your second factor, because it was started with another passphrase or key than the one that encrypted it. An administrator starts it with that one, or makes a new link for you.';
