/** The account service of docs/provide/account-service.md, run as it is written, issues ids that a receiver accepts. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { parseSubjectIds } from '@lodestone/protocol/subject-ids';
import {
  digestOfEndpoint,
  generateSubjectKey,
  importSubjectPublicKey,
  type SubjectKey,
  verifySubjectId,
} from '@lodestone/seal';
import { samplesOf } from '@lodestone/tools/docs/samples';
import { ROOT, SOURCE } from '@lodestone/tools/run/program';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ENDPOINT = 'https://signals.example/v1/signals';
const THIS_MONTH = new Date().toISOString().slice(0, 7);
/** The reader's part: one account, whose session is a header. */
const ACCOUNTS = `
let batches = 0;
export const accountOf = async ({ headers }) => (headers.cookie === 'session=alice' ? 'alice' : undefined);
export const countBatches = async () => ++batches;
export const pseudonymOf = async () => new Uint8Array(16).fill(7);
`;

let folder: string;
let service: ChildProcess;
let address: string;
let key: SubjectKey;

beforeAll(async () => {
  const cache = path.join(import.meta.dirname, '../.cache');
  mkdirSync(cache, { recursive: true });
  folder = mkdtempSync(path.join(cache, 'accounts-')); // inside the package, where its dependencies resolve
  key = await generateSubjectKey();
  const [sample] = samplesOf(readFileSync(path.join(ROOT, 'docs/provide/account-service.md'), 'utf8'));
  writeFileSync(path.join(folder, 'service.ts'), sample?.code ?? '');
  writeFileSync(path.join(folder, 'accounts.ts'), ACCOUNTS);
  writeFileSync(path.join(folder, 'subject-key.json'), JSON.stringify(key));
  const port = await freePort();
  address = `http://127.0.0.1:${port}`;
  service = spawn(process.execPath, [SOURCE, 'service.ts'], {
    cwd: folder,
    env: { ...process.env, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  while (!(await fetch(address).catch(() => undefined))) await new Promise((resolve) => setTimeout(resolve, 50));
}, 30_000);
afterAll(() => {
  service.kill();
  rmSync(folder, { recursive: true });
});

const ask = (month: string, cookie = 'session=alice', method = 'POST'): Promise<Response> =>
  fetch(`${address}/?month=${month}`, { method, headers: { cookie } });

test('a signed-in device gets a batch, of which each id verifies for this endpoint alone', async () => {
  const response = await ask(THIS_MONTH);
  expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store']);
  const { ids, pseudonym, lastDay, endpointDigest } = parseSubjectIds(new Uint8Array(await response.arrayBuffer()));
  expect([ids.length, endpointDigest]).toEqual([40, await digestOfEndpoint(ENDPOINT)]);
  const keys = [await importSubjectPublicKey(key.publicKey)];
  const other = await digestOfEndpoint('https://other.example/v1/signals');
  for (const id of ids) {
    expect(await verifySubjectId(keys, endpointDigest, { ...id, pseudonym, lastDay })).toBe(true);
    expect(await verifySubjectId(keys, other, { ...id, pseudonym, lastDay })).toBe(false);
  }
});

test('nobody else, no other month, no other method, and not without end', async () => {
  expect((await ask(THIS_MONTH, 'session=mallory')).status).toBe(403);
  expect((await ask(THIS_MONTH, 'session=alice', 'GET')).status).toBe(403);
  expect((await ask('2020-01')).status).toBe(400);
  const statuses: number[] = [];
  for (let i = 0; i < 12; i++) statuses.push((await ask(THIS_MONTH)).status);
  expect(statuses.at(-1)).toBe(429);
});

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const bound = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof bound === 'object' && bound ? bound.port : 0;
}
