/**
 * The account service: gives each signed-in account its subject ids, under which its devices signal. The receiver has the public key only,
 * so only this service can map a pseudonym to an account. Replace the sign-in by your own sessions. Spec: docs/design/contracts.md#subject-ids
 */
import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { serve } from '@hono/node-server';
import { parseMonth } from '@lodestone/protocol/subject-ids';
import { fromHex } from '@lodestone/protocol/bytes';
import { importSubjectKey, issueSubjectIds } from '@lodestone/seal';
import { Hono } from 'hono';
import { getSignedCookie, setSignedCookie } from 'hono/cookie';

const [folder = '.', endpoint = '', port = ''] = process.argv.slice(2);
/** Each device takes one batch a month, and one more after its storage was deleted: the limit bounds what an account can claim. */
const BATCHES_PER_MONTH = 10;

interface Account {
  /** 16 random bytes, chosen once. */
  pseudonym: string;
  /** UTC day of the account's first sign-in, for young-accounts.ts. */
  since: string;
  /** Batches issued, by month. */
  issued: Record<string, number>;
}
const read = <T>(file: string): T => JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')) as T;
const { privateKey } = read<{ privateKey: string }>('subject-key.json');
const subjectKey = await importSubjectKey(privateKey);
const accounts = new Map(Object.entries(read<Record<string, Account>>('accounts.json')));
/** Renamed into place: a service that is killed while it writes loses no pseudonym. */
function save(): void {
  writeFileSync(`${folder}/accounts.next`, JSON.stringify(Object.fromEntries(accounts)), { mode: 0o600 });
  renameSync(`${folder}/accounts.next`, `${folder}/accounts.json`);
}
const cookieSecret = randomBytes(32).toString('hex');

const app = new Hono();
app.post('/account/sign-in', async (context) => {
  const name = context.req.query('name') ?? '';
  if (!/^[a-z]{1,32}$/.test(name)) return context.text('A name has 1 to 32 small letters.\n', 400);
  const since = new Date().toISOString().slice(0, 10);
  accounts.set(name, accounts.get(name) ?? { pseudonym: randomBytes(16).toString('hex'), since, issued: {} });
  save();
  await setSignedCookie(context, 'account', name, cookieSecret, { httpOnly: true, sameSite: 'Strict', path: '/' });
  return context.body(null, 204);
});
app.post('/account/subject-ids', async (context) => {
  const account = accounts.get((await getSignedCookie(context, cookieSecret, 'account')) || '');
  if (!account) return context.text('Sign in first.\n', 403);
  const wanted = context.req.query('month') ?? '';
  // The month before serves devices whose clock is behind; no month that has not begun is signed.
  const months = [0, -1].map((back) => monthFrom(back));
  if (!months.includes(wanted)) return context.text('Ids are issued for this month and the one before.\n', 400);
  const issued = account.issued[wanted] ?? 0;
  if (issued >= BATCHES_PER_MONTH) return context.text('This account has all its batches of the month.\n', 429);
  account.issued[wanted] = issued + 1;
  save();
  const batch = { endpoint, pseudonym: fromHex(account.pseudonym), month: parseMonth(wanted) };
  context.header('Cache-Control', 'no-store');
  return context.body(await issueSubjectIds(subjectKey, batch), 200, { 'Content-Type': 'application/octet-stream' });
});
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(port) });

function monthFrom(back: number): string {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + back)).toISOString().slice(0, 7);
}
