/**
 * At which address the console answers: a loopback address, or, behind a proxy that ends TLS, the one https origin that the operator
 * names. Flow: console → here. Promise: no other host name and no form of another origin is answered; behind TLS the cookie is
 * sent by HTTPS only. Spec: docs/design/receiver.md#console
 */
import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { SESSION_MS } from '../users/sessions.ts';

/** `https://console.example`, without a path; undefined for loopback addresses. */
export type ConsoleOrigin = string | undefined;

export function isConsoleOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text && text.startsWith('https://');
}

/** What proxies add. One that adds nothing is noticed by the origin of the forms. */
const PROXY_HEADERS = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip'];

const LOOPBACK = /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\]|::1)$/;

export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/** Why a request is refused, if it is. */
export function refusalOf(request: Request, origin: ConsoleOrigin): string | undefined {
  const wrongPlace = origin === undefined ? notLoopback(request) : notBehindTls(request, origin);
  if (wrongPlace !== undefined) return wrongPlace;
  const { url, method, headers } = request;
  if (method === 'GET' || method === 'HEAD') return undefined;
  // The cookie is SameSite=Strict, which allows other ports of the same host; the origin check does not.
  const isSameOrigin =
    headers.get('origin') === (origin ?? new URL(url).origin) &&
    (headers.get('sec-fetch-site') ?? 'same-origin') === 'same-origin';
  return isSameOrigin ? undefined : 'Send this form from the console itself.\n';
}

/** A host name that is not loopback (DNS rebinding), or a proxy that nobody configured. */
function notLoopback({ url, headers }: Request): string | undefined {
  const isForwarded = PROXY_HEADERS.some((name) => headers.has(name));
  return isForwarded || !isLoopback(new URL(url).hostname)
    ? 'Open the console on the machine that runs the receiver, by a loopback address.\n'
    : undefined;
}

function notBehindTls({ url, headers }: Request, origin: string): string | undefined {
  if (new URL(url).host !== new URL(origin).host) return `Open the console at ${origin}/.\n`;
  return headers.get('x-forwarded-proto') === 'https'
    ? undefined
    : 'The proxy in front of the console has to set the header X-Forwarded-Proto to https, for requests that came by HTTPS.\n';
}

/** With the prefix, browsers refuse one that another host of the same domain sets. */
const nameOf = (origin: ConsoleOrigin): string =>
  origin === undefined ? 'lodestone-console' : '__Host-lodestone-console';

/** Token of the session; empty without one. */
export function sessionOf(c: Context, origin: ConsoleOrigin): string {
  return getCookie(c, nameOf(origin)) ?? '';
}

export function setSession(c: Context, origin: ConsoleOrigin, session: string): void {
  setCookie(c, nameOf(origin), session, {
    httpOnly: true,
    sameSite: 'Strict',
    path: '/',
    maxAge: SESSION_MS / 1_000,
    secure: origin !== undefined,
  });
}

export function deleteSession(c: Context, origin: ConsoleOrigin): void {
  deleteCookie(c, nameOf(origin), { path: '/', secure: origin !== undefined });
}
