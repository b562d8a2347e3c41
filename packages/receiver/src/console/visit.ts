/** A request of a signed-in user, as the console's routes get it. Flow: console → here → routes. Spec: docs/design/receiver.md#console */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Context } from 'hono';
import type { YoungAccountList } from '@lodestone/protocol/young-accounts';
import type { HtmlEscapedString } from 'hono/utils/html';
import type { Logger } from 'pino';
import type { ReceiverConfig } from '../config.ts';
import type { Database } from '../db/schema.ts';
import type { TotpEncryption } from '../users/totp-encryption.ts';
import type { User } from '../users/users.ts';
import type { ConsoleAction } from './access.ts';
import type { ConsoleOrigin } from './origin.ts';

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

export interface ConsoleContext {
  db: Database;
  totp: TotpEncryption;
  config: ReceiverConfig;
  log: Logger;
  now: () => number;
  /** The account service's list, if there is one. Default: none. */
  youngAccounts?: () => Promise<YoungAccountList | undefined>;
  /** Where people open it, if a proxy that ends TLS is in front of it. */
  origin?: ConsoleOrigin;
}

export interface Visit extends ConsoleContext {
  c: Context;
  user: User;
  /** Token of the session; the functions behind the routes take it as who acts. */
  session: string;
  /** Fields of the form; empty for a GET. */
  form: ReadonlyMap<string, string>;
}

export interface Route {
  method: 'GET' | 'POST';
  path: string;
  action: ConsoleAction;
  handle(visit: Visit): Promise<Response>;
  /** The longest form, if it is longer than those of the other routes. */
  formBytes?: number;
}

/** The longest form has two texts of 2,000 characters, each of at most 12 bytes when it is encoded. */
const FORM_BYTES = 65_536;

/** Of each form of the console. Any other body has no field: a broken one of several parts would fail to parse. */
const FORM_TYPE = /^application\/x-www-form-urlencoded(?:;|$)/i;

/** Empty if the form is too long, or is none. */
export async function readForm(c: Context, most: number = FORM_BYTES): Promise<ReadonlyMap<string, string>> {
  const declared = Number(c.req.header('content-length') ?? Infinity);
  if (!(declared <= most) || !FORM_TYPE.test(c.req.header('content-type') ?? '')) return new Map();
  return new Map(new URLSearchParams(await c.req.text()));
}

/** A field with text; undefined if it is empty. Browsers send line breaks as CRLF. */
export function textOf({ form }: Pick<Visit, 'form'>, name: string): string | undefined {
  const value = form.get(name)?.replaceAll('\r\n', '\n').trim();
  return value === '' ? undefined : value;
}

/** Proves that a form was made for this session. Derived, so that no table holds it. */
export function formToken(session: string): string {
  return createHmac('sha256', session).update('lodestone/console-form/v1').digest('base64url');
}

export function hasFormToken({ session, form }: Pick<Visit, 'session' | 'form'>): boolean {
  const [expected, sent] = [Buffer.from(formToken(session)), Buffer.from(form.get('token') ?? '')];
  return sent.length === expected.length && timingSafeEqual(sent, expected);
}
