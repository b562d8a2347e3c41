/** `lodestone-receiver doctor`: one fault at a time, each with its line and its fix; nothing is created, and no secret is printed. */
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Name } from '@lodestone/protocol/name';
import type { WebAddress } from '@lodestone/protocol/text';
import { generateSubjectKey } from '@lodestone/seal';
import { type RepositoryServer, startRepositoryServer } from '@lodestone/testkit/repository-server';
import { afterAll, beforeAll, beforeEach, afterEach, expect, test } from 'vitest';
import { configFile, type ReceiverConfig } from '../src/config.ts';
import { lockFolder } from '../src/db/lock.ts';
import { type DoctorOptions, examine } from '../src/doctor/doctor.ts';
import type { Finding } from '../src/doctor/finding.ts';
import { initReceiver } from '../src/init.ts';
import { KEY_VARIABLE, keySecretFrom } from '../src/keys/key-encryption.ts';
import { addSubjectKey } from '../src/keys/subject-keys.ts';
import { listen } from '../src/http/server.ts';
import { startReceiver } from '../src/receiver.ts';
import { Hono } from 'hono';
import { copyEmbeddedDatabase } from './support/embedded-database.ts';

const DAY = 86_400_000;
const KEY = '5e'.repeat(32);
const env = { [KEY_VARIABLE]: KEY };

let authority: RepositoryServer;
let subjectKey: string;
let dataDir: string;
let config: ReceiverConfig;
beforeAll(async () => {
  authority = await startRepositoryServer(Date.now() + 400 * DAY);
  await authority.publish({ 'v1/empty.json': new Uint8Array(2) });
  subjectKey = (await generateSubjectKey()).publicKey;
});
afterAll(() => authority.close());
beforeEach(async () => {
  dataDir = path.join(await mkdtemp(path.join(tmpdir(), 'receiver-doctor-')), 'data');
  const court = { name: 'court' as Name, url: authority.url as WebAddress, root: 'court.root.json' };
  const { configFile: file } = await initReceiver({
    dataDir,
    secret: keySecretFrom(env),
    config: {
      endpoint: 'https://receiver.example/v1/signals' as WebAddress,
      authorities: { orders: [court], lists: [] },
    },
  });
  config = JSON.parse(await readFile(file, 'utf8')) as ReceiverConfig;
  await writeFile(path.join(dataDir, 'court.root.json'), authority.root);
  await addSubjectKey(dataDir, subjectKey);
});
afterEach(() => rm(path.dirname(dataDir), { recursive: true, force: true }));

async function findings(change: Partial<DoctorOptions> = {}): Promise<Finding[]> {
  const found: Finding[] = [];
  for await (const each of examine({ dataDir, host: '127.0.0.1', now: Date.now, env, ...change })) found.push(each);
  return found;
}
const problems = async (change?: Partial<DoctorOptions>): Promise<string[]> =>
  (await findings(change)).filter(({ isOk }) => !isOk).map(({ what, text }) => `${what}: ${text}`);
const configure = (change: Partial<ReceiverConfig>): Promise<void> =>
  writeFile(configFile(dataDir), JSON.stringify({ ...config, ...change }));

test('nothing is wrong with a new receiver whose sources answer, and nothing is created', async () => {
  const before = (await readdir(dataDir)).sort();
  expect(await problems()).toEqual([]);
  const all = await findings({ port: 1 });
  expect(all.map(({ what }) => what)).toEqual([
    'config',
    'folder',
    'keys',
    'subjects',
    'database',
    'clock',
    'source',
    'port',
  ]);
  expect((await readdir(dataDir)).sort()).toEqual(before);
});

test.each<[string, () => Promise<void>, RegExp]>([
  ['a misspelt key', () => configure({ retentoin: {} } as never), /^config: .*retentoin/],
  ['no source of orders', () => configure({ authorities: { orders: [], lists: [] } }), /^config: no source of orders/],
  ['no endpoint', () => configure({ endpoint: undefined }), /^config: no "endpoint"/],
  ['a folder that others can read', () => chmod(dataDir, 0o755), /^folder: other users can access .* run chmod 700/],
  [
    'a missing root',
    () => rm(path.join(dataDir, 'court.root.json')),
    /^source: court: its pinned root .* copy it there/,
  ],
  ['no subject key', () => rm(path.join(dataDir, 'subject-keys.json')), /^subjects: no public subject key/],
])('%s', async (_, breakIt, expected) => {
  await breakIt();
  expect((await problems()).some((line) => expected.test(line))).toBe(true);
});

test('a key that ends soon, that has ended, and one that should be gone', async () => {
  const after = (days: number) => problems({ now: () => Date.now() + days * DAY });
  const about = (lines: string[]): string[] => lines.filter((line) => line.startsWith('keys'));
  expect(about(await after(70))).toEqual([]);
  expect(about(await after(80))).toEqual([expect.stringMatching(/ends in \d+ days; run rotate/)]);
  expect(about(await after(91))).toEqual([expect.stringContaining('no key is valid now; run rotate')]);
});

test('a wrong secret and a missing one are named, and neither is printed', async () => {
  const wrong = '77'.repeat(32);
  for (const of of [{ [KEY_VARIABLE]: wrong }, {}]) {
    const lines = await problems({ env: of });
    expect(lines.length).toBe(1);
    expect(lines[0]).toMatch(/^keys: /);
    expect(lines[0]).not.toContain(wrong);
  }
});

test('a clock that is ahead, and sources that do not answer or answer with an error', async () => {
  expect(await problems({ now: () => Date.now() + 3_600_000 })).toEqual([
    expect.stringMatching(/^clock: 3[56]\d\d s ahead of/),
  ]);
  const court = config.authorities.orders[0];
  if (!court) throw new Error('no source');
  const at = (url: string) => configure({ authorities: { orders: [{ ...court, url: url as WebAddress }], lists: [] } });
  await at('http://127.0.0.1:1/');
  expect(await problems()).toEqual([
    expect.stringMatching(/^clock: no source answered/),
    expect.stringMatching(/^source: court does not answer \(.+\)/),
  ]);
  await at(`${authority.url}/nowhere/`);
  expect(await problems()).toEqual([expect.stringMatching(/^source: court: status 404 for /)]);
});

test('a database that does not answer is named without its address', async () => {
  const lines = await problems({ databaseUrl: 'postgres://lode:hunter2@127.0.0.1:1/lode' });
  expect(lines).toEqual([
    expect.stringMatching(/^database: cannot open the PostgreSQL database \(ECONNREFUSED\); check DATABASE_URL/),
  ]);
  expect(lines[0]).not.toContain('hunter2');
});

test('a running receiver, and an empty database, are no fault', async () => {
  await copyEmbeddedDatabase(path.join(dataDir, 'db'));
  expect((await findings()).find(({ what }) => what === 'database')?.text).toContain('is empty');
  const unlock = await lockFolder(dataDir);
  try {
    expect((await findings()).find(({ what }) => what === 'database')).toMatchObject({
      isOk: true,
      text: expect.stringContaining('in use by a running receiver'),
    });
  } finally {
    await unlock();
  }
});

test('a port in use is named by doctor, and ends a start before the database is created', async () => {
  const other = await listen(new Hono(), { port: 0, host: '127.0.0.1' });
  const port = Number(new URL(other.url).port);
  const inUse = `cannot listen on 127.0.0.1, port ${port} (EADDRINUSE); choose another address or port, or end the process that uses it`;
  try {
    expect(await problems({ port })).toEqual([`port: ${inUse}`]);
    await expect(startReceiver({ dataDir, secret: keySecretFrom(env), port })).rejects.toMatchObject({
      code: 'ERR_RECEIVER',
      message: inUse,
    });
    expect(existsSync(path.join(dataDir, 'db'))).toBe(false);
  } finally {
    await other.close();
  }
});
