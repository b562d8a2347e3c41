import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { importList, initAllKeysHere, publish, suppressEntries } from '@lodestone/authority';
import { auditList, type ListOptions, type Question } from '../src/index.ts';
import { listSections } from '../src/commands/list/report-sections.ts';

const NOW = Date.UTC(2026, 10, 24);
const hash = (seed: number): string =>
  Array.from({ length: 32 }, (_, i) => ((i * 37 + seed * 101) & 255).toString(16).padStart(2, '0')).join('');
const LISTED = hash(1);
const OTHER = hash(2);
const EXACT = hash(3);

let folder: string;
let root: Uint8Array;
const mirror = (name: string): string => path.join(folder, name);
const audit = (mirrors: readonly string[], options: Partial<ListOptions> = {}) =>
  auditList({ mirrors, root, now: NOW, ...options });
const about = (ask: 'listed' | 'absent', value: string): Question => ({
  ask,
  name: 'It',
  hashes: { sha256: value, pdq: [value] },
});

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lodestone-list-'));
  const directory = mirror('authority');
  const { rootFile } = await initAllKeysHere({ directory, name: 'lists', power: 'lists', now: NOW });
  root = await readFile(rootFile);
  const rows = mirror('rows.csv');
  const importRows = async (text: string): Promise<void> => {
    await writeFile(rows, text);
    await importList({ directory, list: 'demo', source: rows, purpose: 'verified', by: 'test', now: NOW });
  };
  await importRows(`type,hash,entry\npdq,${LISTED},11\npdq,${OTHER},12\nsha256,${EXACT},11\n`);
  await publish({ directory, now: NOW });
  await cp(mirror('authority/repository'), mirror('one'), { recursive: true });
  await cp(mirror('one'), mirror('same'), { recursive: true });
  await suppressEntries({ directory, list: 'demo', entries: [12], by: 'test', now: NOW });
  await importRows(`type,hash,entry\npdq,${hash(4)},13\n`);
  await publish({ directory, now: NOW + 1_000 });
  await cp(mirror('authority/repository'), mirror('later'), { recursive: true });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('equal mirrors pass', async () => {
  const report = await audit([mirror('one'), mirror('same')]);
  expect(report.claims.map(({ status }) => status)).toEqual(['pass', 'pass', 'pass']);
  expect(report.facts.mirrors[0]?.lists[0]).toMatchObject({ version: 1, counts: { pdq: 2, sha256: 1, vpdq: 0 } });
});

test('a mirror is read over HTTP', async () => {
  const server = createServer((request, response) => {
    readFile(path.join(mirror('one'), decodeURIComponent(request.url ?? ''))).then(
      (bytes) => response.end(bytes),
      () => response.writeHead(404).end(),
    );
  }).listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  const report = await audit([`http://127.0.0.1:${(server.address() as AddressInfo).port}`, mirror('one')]);
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  expect(report.claims.map(({ status }) => status)).toEqual(['pass', 'pass', 'pass']);
});

test('a mirror with another version fails', async () => {
  const report = await audit([mirror('one'), mirror('later')]);
  expect(report.claims.map(({ status }) => status)).toEqual(['pass', 'pass', 'fail']);
  expect(report.claims[2]?.result).toContain('version 2');
});

test('a single mirror is not compared', async () => {
  expect((await audit([mirror('one')])).claims.map(({ status }) => status)).toEqual(['pass', 'not-tested']);
});

test.each([
  [
    'a changed list',
    async (at: string) => flip(await fileIn(at, 'targets/v1/lists/demo', '.lode'), 40),
    'ERR_TRUST_DIGEST',
  ],
  ['changed metadata', (at: string) => flip(path.join(at, 'metadata/timestamp.json'), 30), 'ERR_TRUST'],
  ['a missing list', async (at: string) => rm(await fileIn(at, 'targets/v1/lists/demo', '.lode')), 'ERR_TRUST_MISSING'],
])('%s fails with its error code', async (_what, spoil, code) => {
  const bad = await mkdtemp(path.join(folder, 'bad-'));
  await cp(mirror('one'), bad, { recursive: true });
  await spoil(bad);
  const report = await audit([bad, mirror('one')]);
  expect(report.claims.map(({ status }) => status)).toEqual(['fail', 'pass', 'not-tested']);
  expect(report.facts.mirrors[0]?.refused).toContain(code);
});

test('an expired repository, and one with another root, fail', async () => {
  const late = await audit([mirror('one')], { now: NOW + 3_000 * 86_400_000 });
  expect(late.facts.mirrors[0]?.refused).toContain('ERR_TRUST_EXPIRED');
  const directory = mirror('stranger');
  const stranger = await initAllKeysHere({ directory, name: 'stranger', power: 'lists', now: NOW });
  const other = await audit([mirror('one')], { root: await readFile(stranger.rootFile) });
  expect(other.claims[0]?.status).toBe('fail');
});

test('listed hashes are proven by their records, absent ones by their neighbours', async () => {
  const questions = [
    about('listed', LISTED),
    about('listed', EXACT),
    about('absent', hash(9)),
    about('listed', hash(9)),
  ];
  const report = await audit([mirror('one')], { questions });
  expect(report.claims.slice(2).map(({ status }) => status)).toEqual(['pass', 'pass', 'pass', 'fail']);
  expect(report.facts.answers[0]?.answers[0]).toMatchObject({
    found: 'record',
    proofs: [{ record: { type: 'pdq', entry: 11, payload: LISTED } }],
  });
  expect(listSections(report.facts)[1]?.body.text).toContain(LISTED);
});

test('a picture near a listed one does not pass as absent', async () => {
  const near = `${(Number.parseInt(LISTED.slice(0, 2), 16) ^ 0b111).toString(16).padStart(2, '0')}${LISTED.slice(2)}`;
  const report = await audit([mirror('one')], { questions: [about('absent', near)] });
  expect(report.claims[2]).toMatchObject({ status: 'fail' });
  expect(report.claims[2]?.result).toContain('differs in 3 of 256 bits');
});

test('an entry is proven with all its records, and suppressed entries are reported', async () => {
  const questions: Question[] = [
    { ask: 'entry', entry: 11 },
    { ask: 'entry', entry: 99 },
  ];
  const report = await audit([mirror('one')], { questions });
  expect(report.claims.slice(2).map(({ status }) => status)).toEqual(['pass', 'fail']);
  expect(report.facts.answers[0]?.answers[0]).toMatchObject({
    proofs: [{ record: { type: 'pdq' } }, { record: { type: 'sha256' } }],
  });
  const later = await audit([mirror('later')]);
  expect(later.facts.mirrors[0]?.lists[0]?.suppressed).toEqual([12]);
});

test('an unknown list, or a folder that is not a mirror, is a usage error', async () => {
  await expect(audit([mirror('one')], { list: 'other' })).rejects.toMatchObject({ code: 'ERR_USAGE' });
  await expect(audit([mirror('nothing')])).rejects.toMatchObject({ code: 'ERR_USAGE' });
});

async function fileIn(at: string, under: string, end: string): Promise<string> {
  const { readdir } = await import('node:fs/promises');
  const name = (await readdir(path.join(at, under))).find((file) => file.endsWith(end));
  return path.join(at, under, name ?? '');
}

async function flip(file: string, at: number): Promise<void> {
  const bytes = await readFile(file);
  bytes[at]! ^= 1;
  await writeFile(file, bytes);
}
