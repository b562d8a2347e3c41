/** Who may contest, and how often, decided before the database is asked. Spec: docs/design/receiver.md#contests */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { WebAddress } from '@lodestone/protocol/text';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { contestsEndpoint } from '../src/contests/endpoint.ts';
import { initReceiver } from '../src/init.ts';
import { startOn } from '../src/receiver.ts';
import { SECRET } from './support/secret.ts';

const TOKEN = 't'.repeat(32);
const log = pino({ level: 'silent' });
/** Whatever asks this database fails. */
const endpoint = (token?: string) =>
  contestsEndpoint({ db: undefined as never, token, now: Date.now, log, answerStepMs: 1 });
const authorization = `Bearer ${TOKEN}`;
const request = (init: RequestInit = {}): RequestInit => ({
  method: 'POST',
  headers: { authorization },
  body: JSON.stringify({ receipt: 'MFRG-GZDF-MZTW-Q2LK', text: 'x' }),
  ...init,
});

test('a receiver without a token takes no contest', async () => {
  for (const path of ['/', '/outcome']) expect((await endpoint().request(path, request())).status).toBe(404);
});

test('without the token each request is a 401, whatever its method and body', async () => {
  for (const init of [{}, { method: 'PUT' }, { method: 'GET', body: null }, { body: 'x'.repeat(20_000) }])
    for (const headers of [{}, { authorization: `Bearer ${TOKEN}x` }]) {
      const answer = await endpoint(TOKEN).request('/', request({ ...init, headers }));
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    }
});

test('with the token, other methods are a 405, and a database that fails a 503 that quotes nothing', async () => {
  expect((await endpoint(TOKEN).request('/', request({ method: 'GET', body: null }))).status).toBe(405);
  const failed = await endpoint(TOKEN).request('/', request());
  expect([failed.status, await failed.text()]).toEqual([503, 'Not stored. Send the same contest again later.\n']);
});

test('after 200 requests at once, further ones wait; those without the token do not count', async () => {
  const app = endpoint(TOKEN);
  for (let i = 0; i < 300; i++) await app.request('/', request({ headers: {} }));
  const statuses: number[] = [];
  for (let i = 0; i < 260; i++) statuses.push((await app.request('/', request({ body: '' }))).status);
  expect(statuses.slice(0, 200)).toEqual(Array.from({ length: 200 }, () => 400));
  expect(statuses).toContain(429);
});

test('an address for callbacks without a secret is refused when the receiver starts', async () => {
  const dataDir = path.join(await mkdtemp(path.join(tmpdir(), 'receiver-callback-')), 'data');
  const callback = 'https://accounts.example/outcomes' as WebAddress;
  await initReceiver({ dataDir, secret: SECRET, config: { contests: { callback } } });
  const database = { db: undefined as never, close: () => Promise.resolve() };
  await expect(startOn(database, { dataDir, secret: SECRET, port: 0, log })).rejects.toMatchObject({
    code: 'ERR_RECEIVER',
    message: expect.stringContaining('set LODESTONE_RECEIVER_CALLBACK_SECRET'),
  });
  await rm(path.dirname(dataDir), { recursive: true });
});
