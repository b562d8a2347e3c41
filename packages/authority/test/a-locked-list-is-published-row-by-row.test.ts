/** A locked list: its form is fixed, no two rows share a tag, and what is locked once keeps its bytes. Spec: docs/design/authority.md#locked-lists */
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { flipCosts, loadArgon2id, loadBlake3, LockedIndex } from '@lodestone/locked-list';
import { suppressEntries, verifyRepository, writeEscrow } from '@lodestone/authority';
import { records } from '@lodestone/protocol/list-file';
import { tagsOf } from '@lodestone/protocol/locked-rows';
import { beforeAll, expect, test } from 'vitest';
import { newAuthority, NOW } from './support/authority-folder.ts';
import { copyOf, escrowOf, importRows, lockFast, publishAndRead, type PublishedList, rowOf } from './support/locked.ts';

const ROWS = Array.from({ length: 40 }, (_, i) => rowOf(i));
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const payloads = ({ release }: PublishedList): string[] =>
  [...records(release)].filter(({ type }) => type === 'locked').map(({ payload }) => toHex(payload));

let directory: string;
let rootFile: string;
let first: PublishedList;
beforeAll(async () => {
  ({ directory, rootFile } = await newAuthority('lists'));
  await importRows(directory, [...ROWS, copyOf(ROWS[0]!, 6), `sha256,${toHex(rowOf(99))}`]);
  first = await publishAndRead(directory);
});

test('the manifest says the form, and a repository with it verifies', async () => {
  const { lists } = await verifyRepository({ repository: directory, root: await readFile(rootFile), now: NOW });
  expect(lists).toMatchObject([{ manifest: { form: 'locked', counts: { pdq: 40, sha256: 1, vpdq: 0 } } }]);
});

test('the report counts copies that are merged, and gives the estimated strength', () => {
  expect(first.report.locked).toMatchObject([
    { list: 'demo', listed: 40, merged: 1, refused: 0, unranked: 41, subsets: 8, slots: 4, tries: 8_192 },
  ]);
  expect(first.report.locked[0]?.strength).toMatchObject({ entries: 40 });
  expect(first.report.locked[0]?.strength?.first).toBeGreaterThan(60);
});

test('no PDQ row is in the file, and no two rows share a tag', () => {
  const text = toHex(first.file);
  for (const row of ROWS) expect(text).not.toContain(toHex(row));
  const { locked } = first.release;
  const tags = [...records(first.release)]
    .filter(({ type }) => type === 'locked')
    .flatMap(({ payload }) => tagsOf(payload, locked!.slots));
  expect(new Set(tags).size).toBe(160);
});

test('each row opens for its own hash, under its entry', async () => {
  const { locked } = first.release;
  const index = new LockedIndex({ blake3: await loadBlake3(), slowHash: await loadArgon2id() }, locked!);
  const costs = flipCosts(new Float32Array(256).fill(1));
  const { matches, voidRows } = await index.queryBatch([{ hash: ROWS[7]!, costs, share: 0.01 }], 31);
  expect(matches[0]).toMatchObject([{ distance: 0 }]);
  expect(voidRows).toBe(0);
});

test('the private state is readable by its owner only, and is not published', async () => {
  const folder = path.join(directory, 'record/demo/locked');
  for (const name of await readdir(folder)) expect((await stat(path.join(folder, name))).mode & 0o777).toBe(0o600);
  const { seed } = JSON.parse(await readFile(path.join(folder, 'locked.json'), 'utf8')) as { seed: string };
  expect(toHex(first.file)).not.toContain(seed);
});

test('an escrow is not written where it would be served, nor in place of a folder', async () => {
  const write = (file: string) => writeEscrow({ directory, file });
  const served = path.join(directory, 'repository/targets/escrow');
  await expect(write(served)).rejects.toMatchObject({
    code: 'ERR_USAGE',
    message: expect.stringContaining('would be served') as unknown,
  });
  expect(existsSync(served)).toBe(false);
  await expect(write(path.join(directory, 'keys'))).rejects.toMatchObject({ code: 'ERR_REPOSITORY' });
});

test('a later release keeps the bytes of its rows, and leaves out suppressed ones; a row that was merged takes the place of its copy', async () => {
  const entry = [...records(first.release)].find(({ type }) => type === 'locked')!.entry;
  await importRows(directory, [rowOf(1_000)]);
  const second = await publishAndRead(directory, NOW + 1_000);
  expect(payloads(second)).toEqual(expect.arrayContaining(payloads(first)));
  expect(payloads(second)).toHaveLength(41);
  await suppressEntries({ directory, list: 'demo', entries: [entry], by: 'tester', now: NOW });
  await importRows(directory, [rowOf(1_001)]);
  const third = await publishAndRead(directory, NOW + 2_000);
  const [before, after] = [new Set(payloads(second)), new Set(payloads(third))];
  expect(before.difference(after).size).toBe(1);
  expect([...records(third.release)].map((record) => record.entry)).not.toContain(entry);
  // Nothing new: no release.
  const { report } = await publishAndRead(directory, NOW + 3_000);
  expect(report.lists).toEqual([]);
});

test('rows of another form are refused in both directions, and nothing is saved', async () => {
  await expect(importRows(directory, [rowOf(2_000)], { form: 'plain' })).rejects.toMatchObject({
    code: 'ERR_IMPORT',
    message: expect.stringContaining('list demo is locked, and stays so: pass --locked') as unknown,
  });
  const other = await newAuthority('lists');
  await importRows(other.directory, [rowOf(1)], { form: 'plain' });
  await expect(importRows(other.directory, [rowOf(2)])).rejects.toMatchObject({
    message: expect.stringContaining('list demo is plain, and stays so: leave out --locked') as unknown,
  });
});

test('a picture is never listed both readable and locked: the row itself, one at 31 bits, and a frame of a video', async () => {
  const own = await newAuthority('lists');
  const near = copyOf(ROWS[1]!, 31);
  const frames = (row: Uint8Array): string => `vpdq,"[""${toHex(row)},100,0""]"`;
  await importRows(own.directory, [ROWS[0]!, ROWS[1]!]);
  const plain = await importRows(own.directory, [ROWS[0]!, near, frames(ROWS[1]!), rowOf(50)], {
    form: 'plain',
    list: 'open',
  });
  expect(plain.added).toHaveLength(1);
  expect(plain.refused.map(({ why }) => why)).toEqual([
    expect.stringContaining('0 bits from entry'),
    expect.stringContaining('31 bits from entry'),
    expect.stringContaining('is locked: a readable row cannot be listed in addition'),
  ]);
  const locked = await importRows(own.directory, [rowOf(50), copyOf(rowOf(50), 32), rowOf(60), frames(rowOf(60))]);
  expect(locked.added).toHaveLength(2);
  expect(locked.refused).toHaveLength(2);
});

test('a stored row that is damaged, or of a wrong length, stops the publication', async () => {
  const own = await newAuthority('lists');
  await importRows(own.directory, [rowOf(1), rowOf(2)]);
  await publishAndRead(own.directory);
  const file = path.join(own.directory, 'record/demo/locked/000001.rows');
  const bytes = await readFile(file);
  await writeFile(file, bytes.subarray(1));
  await expect(publishAndRead(own.directory)).rejects.toMatchObject({ code: 'ERR_REPOSITORY' });
  bytes[0]! ^= 1;
  await writeFile(file, bytes);
  await expect(publishAndRead(own.directory)).rejects.toMatchObject({ code: 'ERR_REPOSITORY' });
});

test('stored rows without their seed stop the publication each time, also before the first release', async () => {
  const own = await newAuthority('lists');
  await importRows(own.directory, [rowOf(1)]);
  await publishAndRead(own.directory);
  await rm(path.join(own.directory, 'repository'), { recursive: true });
  await rm(path.join(own.directory, 'record/demo/locked/locked.json'));
  for (let i = 0; i < 2; i++)
    await expect(publishAndRead(own.directory)).rejects.toMatchObject({
      code: 'ERR_REPOSITORY',
      message: expect.stringContaining('locked.json is gone') as unknown,
    });
});

test('a published list whose private state is gone gets no new seed', async () => {
  const own = await newAuthority('lists');
  await importRows(own.directory, [rowOf(1)]);
  await publishAndRead(own.directory);
  await rm(path.join(own.directory, 'record/demo/locked'), { recursive: true });
  await expect(publishAndRead(own.directory)).rejects.toMatchObject({
    code: 'ERR_REPOSITORY',
    message: expect.stringMatching(/its folder "locked" is gone; restore .+ from a backup/) as unknown,
  });
  await expect(escrowOf(own.directory)).rejects.toMatchObject({
    code: 'ERR_REPOSITORY',
    message: expect.stringContaining('the folder "locked" of its record is gone; restore it') as unknown,
  });
  await lockFast(own.directory);
  await expect(publishAndRead(own.directory)).rejects.toMatchObject({
    message: expect.stringContaining('is of another list') as unknown,
  });
});
