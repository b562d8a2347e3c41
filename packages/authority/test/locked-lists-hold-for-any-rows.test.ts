/** Properties of locked lists of any rows, with copies among them, and of a command that is killed. Spec: docs/design/authority.md#locked-lists */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createLocker, loadBlake3 } from '@lodestone/locked-list';
import { nodeArgon2id } from '@lodestone/locked-list/node';
import { records } from '@lodestone/protocol/list-file';
import { tagsOf } from '@lodestone/protocol/locked-rows';
import { LOCKED_PARAMETERS } from '@lodestone/testkit/locked-parameters';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { equalBytes } from '@lodestone/protocol/bytes';
import { suppressEntries } from '@lodestone/authority';
import { newAuthority, NOW } from './support/authority-folder.ts';
import { anyRow, copyOf, escrowOf, importRows, lockFast, publishAndRead, rebuilt, rowOf } from './support/locked.ts';

test('no two rows share a tag, copies are merged, and the escrow gives the same bytes', async () => {
  const copies = fc.array(fc.tuple(fc.nat(29), fc.integer({ min: 1, max: 40 })), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(copies, fc.constantFrom(4, 16), async (chosen, subsets) => {
      const { directory } = await newAuthority('lists');
      const rows = Array.from({ length: 30 }, (_, i) => rowOf(i));
      await importRows(directory, [...rows, ...chosen.map(([row, bits]) => copyOf(rows[row]!, bits))]);
      await lockFast(directory, { subsets });
      const { file, release, report } = await publishAndRead(directory);
      const { listed, merged, refused } = report.locked[0]!;
      const copied = new Set(chosen.map(([row, bits]) => `${row} ${bits}`)).size;
      expect(listed + merged + refused).toBe(30 + copied);
      expect(merged).toBeGreaterThanOrEqual(new Set(chosen.filter(([, bits]) => bits <= 12).map(String)).size);
      const locked = [...records(release)].filter(({ type }) => type === 'locked');
      const tags = locked.flatMap(({ payload }) => tagsOf(payload, 4));
      expect(new Set(tags).size).toBe(4 * listed);
      expect(equalBytes(await rebuilt(await escrowOf(directory), release), file)).toBe(true);
    }),
    { numRuns: 6 },
  );
});

test('in a list of which 1 % are near copies, each copy that is not merged has subsets of its own', async () => {
  const { directory } = await newAuthority('lists');
  const rows = Array.from({ length: 100 }, (_, i) => rowOf(i));
  await importRows(directory, [...rows, ...[8, 13].map((bits, i) => copyOf(rows[i]!, bits))]);
  await lockFast(directory);
  const { report } = await publishAndRead(directory);
  expect(report.locked).toMatchObject([{ listed: 101, merged: 1, refused: 0 }]);
});

test('where a row can use all subsets only, one that shares a subset is refused with the reason, and does not stop the others', async () => {
  const { directory } = await newAuthority('lists');
  // Bit 255 is in no subset, and the 13 others are few enough to leave one of four subsets as it is.
  const copy = copyOf(rowOf(0), 13);
  await importRows(directory, [rowOf(0), copy, rowOf(1)]);
  await lockFast(directory, { subsets: 4 });
  const { report } = await publishAndRead(directory);
  expect(report.locked[0]).toMatchObject({ subsets: 4, unranked: 3 });
  const { listed, refused, refusals } = report.locked[0]!;
  expect(listed + refused).toBe(3);
  for (const { why } of refusals)
    expect(why).toMatch(/^[0-3] of 4 subsets can be used: .*\d have the tag of a row that is listed/);
});

test('rows with the same bits at every subset never share a tag: each takes subsets that no other has, until there are none', async () => {
  const { directory } = await newAuthority('lists');
  const { subsets } = createLocker({ blake3: await loadBlake3(), slowHash: nodeArgon2id }, LOCKED_PARAMETERS, rowOf(9));
  const inSubsets = new Set(subsets.flatMap((subset) => [...subset]));
  const free = Array.from({ length: 256 }, (_, bit) => bit).filter((bit) => !inSubsets.has(bit));
  /** Each 28 bits from every other, so none is merged. */
  const alike = [0, 1, 2, 3].map((part) => {
    const row = rowOf(0);
    for (const bit of free.slice(14 * part, 14 * (part + 1))) row[31 - (bit >> 3)]! ^= 1 << (bit & 7);
    return row;
  });
  await importRows(directory, [rowOf(0), ...alike]);
  await lockFast(directory);
  const { release, report } = await publishAndRead(directory);
  expect(report.locked[0]).toMatchObject({ listed: 4, merged: 0, refused: 1 });
  expect(report.locked[0]?.refusals[0]?.why).toMatch(/^0 of 4 subsets can be used: 16 have the tag of a row/);
  const tags = [...records(release)].flatMap(({ payload }) => tagsOf(payload, 4));
  expect(new Set(tags).size).toBe(16);
});

test('after a suppression without a new release, the escrow still gives the published file', async () => {
  const { directory } = await newAuthority('lists');
  await importRows(directory, [rowOf(0), rowOf(1)]);
  await lockFast(directory);
  const { release } = await publishAndRead(directory);
  await suppressEntries({ directory, list: 'demo', entries: [release.locked!.entries[0]!], by: 'tester', now: NOW });
  const { file, report } = await publishAndRead(directory, NOW + 1_000);
  expect(report.lists).toEqual([]);
  expect(equalBytes(await rebuilt(await escrowOf(directory), release), file)).toBe(true);
});

test('a changed row has another id, other tags and another text', async () => {
  const { directory } = await newAuthority('lists');
  await importRows(directory, [rowOf(0), copyOf(rowOf(0), 40)]);
  await lockFast(directory);
  const { release } = await publishAndRead(directory);
  const [a, b] = [...records(release)].map(({ payload }) => payload);
  expect(Buffer.from(a!.subarray(0, 4))).not.toEqual(Buffer.from(b!.subarray(0, 4)));
  expect(tagsOf(a!, 4).filter((tag) => tagsOf(b!, 4).includes(tag))).toEqual([]);
});

test('a command that is killed while it locks leaves whole files and no release, and the next one goes on', async () => {
  const { directory } = await newAuthority('lists');
  await importRows(
    directory,
    Array.from({ length: 600 }, (_, i) => anyRow(`any ${i}`)),
  );
  await lockFast(directory);
  const program = path.join(import.meta.dirname, 'programs/publish-locked.ts');
  const child = spawn(process.execPath, ['--conditions=source', program, directory, String(NOW)], { stdio: 'inherit' });
  const signal = await new Promise((resolve) => void child.once('close', (_code, by) => resolve(by)));
  expect(signal).toBe('SIGKILL');
  const folder = path.join(directory, 'record/demo/locked');
  expect((await readdir(folder)).sort()).toEqual(['000001.rows', 'locked.json']);
  expect(existsSync(path.join(directory, 'repository/targets'))).toBe(false);
  const stored = await readFile(path.join(folder, '000001.rows'));
  const { release, report } = await publishAndRead(directory);
  expect(await readFile(path.join(folder, '000001.rows'))).toEqual(stored);
  const { listed, refused } = report.locked[0]!;
  expect([listed + refused, listed > 512, release.locked?.count]).toEqual([600, true, listed]);
  expect((await readdir(folder)).sort()).toEqual(['000001.rows', '000002.rows', 'locked.json']);
});

test('a folder "locked" from which a file is gone is an error: no published row is locked again', async () => {
  const { directory } = await newAuthority('lists');
  const file = (number: number): string => path.join(directory, `record/demo/locked/00000${number}.rows`);
  await importRows(directory, [rowOf(0)]);
  await lockFast(directory);
  await publishAndRead(directory);
  await importRows(directory, [rowOf(1)]);
  await publishAndRead(directory, NOW + 1_000);
  const [first, second] = [await readFile(file(1)), await readFile(file(2))];
  await rm(file(1));
  await expect(publishAndRead(directory, NOW + 2_000)).rejects.toMatchObject({
    code: 'ERR_REPOSITORY',
    message: expect.stringContaining('000001.rows is missing') as string,
  });
  await writeFile(file(1), first);
  for (const change of [() => rm(file(2)), () => writeFile(file(2), first)]) {
    await change();
    await expect(publishAndRead(directory, NOW + 2_000)).rejects.toMatchObject({
      code: 'ERR_REPOSITORY',
      message: expect.stringContaining('does not have a published row of entry') as string,
    });
  }
  await writeFile(file(2), second);
  expect((await publishAndRead(directory, NOW + 2_000)).report.lists).toEqual([]);
});

test('of two imports at once of a picture, one readable and one locked, one fails', async () => {
  const { directory } = await newAuthority('lists');
  const both = (): Promise<PromiseSettledResult<unknown>[]> =>
    Promise.allSettled([
      importRows(directory, [rowOf(0)], { list: 'closed' }),
      importRows(directory, [rowOf(0)], { form: 'plain', list: 'open' }),
    ]);
  const failed = (await both()).filter(({ status }) => status === 'rejected');
  expect(failed).toMatchObject([{ reason: { code: 'ERR_REPOSITORY' } }]);
  expect((await both()).filter(({ status }) => status === 'rejected')).toMatchObject([
    { reason: { code: 'ERR_IMPORT' } },
  ]);
});
