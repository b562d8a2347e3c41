/** The demo's account service as its server runs it: sessions, months, and the limit of batches. */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LIMITS, parseSubjectIds, toHex } from '@lodestone/protocol';
import { digestOfEndpoint, importSubjectPublicKey, verifySubjectId } from '@lodestone/seal';
import type { Handler, WebAnswer } from '@lodestone/tools/web-server';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ACCOUNT_PATHS, type Accounts, accountService, BATCHES_PER_MONTH, openAccounts } from '../src/accounts.ts';

const ENDPOINT = 'https://signals.example/v1/signals';
const NOW = Date.parse('2026-12-24T12:00:00Z');
let folder: string;
let accounts: Accounts;
let service: Handler;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'accounts-'));
  accounts = await openAccounts(path.join(folder, 'accounts.json'));
  service = accountService({ accounts, endpoint: ENDPOINT, now: () => NOW });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function post(to: string, body: unknown, method = 'POST'): Promise<WebAnswer> {
  const url = new URL(to, 'http://localhost');
  const request = {
    method,
    url,
    headers: new Headers(),
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  };
  const answer = await service(request);
  if (!answer) throw new Error(`nothing at ${to}`);
  return answer;
}
const signIn = async (name: string): Promise<{ account: string; session: string }> =>
  JSON.parse(String((await post(ACCOUNT_PATHS.signIn, { name })).body)) as { account: string; session: string };
const ids = (session: string, month = '2026-12') => post(ACCOUNT_PATHS.subjectIds, { session, month });

test('a signed-in account gets its own ids, which the public key verifies for this endpoint', async () => {
  const { session, account } = await signIn('alice-work');
  expect(account).toBe(accounts.accounts['alice-work'].id);
  const { ids: issued, ...batch } = parseSubjectIds((await ids(session)).body as Uint8Array);
  expect(toHex(batch.pseudonym)).toBe(accounts.accounts['alice-work'].pseudonym);
  expect(issued).toHaveLength(LIMITS.subjectIds);
  const keys = [await importSubjectPublicKey(accounts.subjectKey.publicKey)];
  for (const id of issued)
    expect(await verifySubjectId(keys, await digestOfEndpoint(ENDPOINT), { ...batch, ...id })).toBe(true);
});

test('without a session, after signing out, or with another account’s id in its place, there are none', async () => {
  const { session, account } = await signIn('alice');
  expect((await post(ACCOUNT_PATHS.signOut, { session })).status).toBe(204);
  for (const wrong of [session, account, '']) expect((await ids(wrong)).status).toBe(403);
  expect((await post(ACCOUNT_PATHS.signIn, { name: 'mallory' })).status).toBe(403);
});

test('ids are issued for this month and the one before, never for a later month', async () => {
  const { session } = await signIn('bob');
  for (const month of ['2026-12', '2026-11']) expect((await ids(session, month)).status).toBeUndefined();
  for (const month of ['2027-01', '2026-10', '', '__proto__']) expect((await ids(session, month)).status).toBe(400);
});

test('each request gets new ids, up to the limit of batches for an account and month, whatever the session', async () => {
  const taken = new Set<string>();
  for (let i = 0; i < BATCHES_PER_MONTH; i++) {
    const { session } = await signIn('bob');
    const batch = parseSubjectIds((await ids(session)).body as Uint8Array);
    for (const { signalId } of batch.ids) taken.add(toHex(signalId));
  }
  expect(taken.size).toBe(BATCHES_PER_MONTH * LIMITS.subjectIds);
  expect((await ids((await signIn('bob')).session)).status).toBe(429);
  expect((await ids((await signIn('alice')).session)).status).toBeUndefined();
});

test.each(['', '{', '[]', '{}', 'null', '{"session":1,"month":"2026-12"}'])('the body %j is refused', async (body) => {
  for (const to of Object.values(ACCOUNT_PATHS)) expect((await post(to, body)).status).toBe(400);
});

test('other methods are refused, and other paths are not answered', async () => {
  expect((await post(ACCOUNT_PATHS.subjectIds, {}, 'GET')).status).toBe(405);
  await expect(post('/account', {})).rejects.toThrow('nothing at');
});

test('accounts and key survive a restart; a file of another form is replaced', async () => {
  const file = path.join(folder, 'accounts.json');
  expect(await openAccounts(file)).toEqual(accounts);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  await writeFile(file, JSON.stringify({ alice: { account: 'a', pseudonym: 'b' } }));
  const fresh = await openAccounts(file);
  expect(fresh.accounts.alice.id).not.toBe(accounts.accounts.alice.id);
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(fresh);
});
