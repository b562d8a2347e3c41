/** An entry number is never reused: not in later imports or versions, and not after it was suppressed. */
import { appendFile, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { importList, type ImportReport, publish, suppressEntries, verifyRepository } from '@lodestone/authority';
import { parseRelease, records } from '@lodestone/protocol/list-file';
import { inventedHash, newAuthority, NOW, temporaryFolder, readRecord } from './support/authority-folder.ts';

async function importRows(directory: string, rows: readonly string[]): Promise<ImportReport> {
  const source = path.join(await temporaryFolder(), 'rows.csv');
  await writeFile(source, `type,hash,entry\n${rows.join('\n')}\n`);
  return importList({ directory, list: 'demo', source, purpose: 'verified', by: 'tester', now: NOW });
}
const pdq = (seed: number, entry = ''): string => `pdq,${inventedHash(seed)},${entry}`;
const by = { list: 'demo', by: 'tester', now: NOW } as const;

/** The records of the published list: payload → entry. */
async function listed(directory: string): Promise<Map<string, number>> {
  const { repository } = await publish({ directory, now: NOW });
  const root = await readFile(path.join(directory, 'root.json'));
  const { lists } = await verifyRepository({ repository, root, now: NOW });
  const manifest = lists[0]?.manifest;
  if (!manifest) throw new Error('no list');
  const file = await readFile(
    path.join(repository, `targets/v1/lists/demo/${manifest.file.sha256}.${manifest.version}.lode`),
  );
  return new Map(
    [...records(parseRelease(new Uint8Array(file)))].map(({ payload, entry }) => [
      Buffer.from(payload).toString('hex'),
      entry,
    ]),
  );
}

test('numbers are random and distinct, and later versions keep them', async () => {
  const { directory } = await newAuthority('lists');
  await importRows(
    directory,
    [1, 2, 3].map((seed) => pdq(seed)),
  );
  const first = await listed(directory);
  expect(new Set(first.values()).size).toBe(3);
  expect([...first.values()]).not.toEqual([1, 2, 3]);
  await importRows(
    directory,
    [4, 5].map((seed) => pdq(seed)),
  );
  const second = await listed(directory);
  expect(second.size).toBe(5);
  for (const [payload, entry] of first) expect(second.get(payload)).toBe(entry);
});

test('importing the same rows again changes nothing and reports them as known', async () => {
  const { directory } = await newAuthority('lists');
  const { added } = await importRows(directory, [pdq(1), pdq(2)]);
  const before = await readRecord(directory);
  const again = await importRows(directory, [pdq(2), pdq(1)]);
  expect(again.added).toEqual([]);
  expect(again.known.map(({ entry }) => entry)).toEqual([added[1]?.entry, added[0]?.entry]);
  expect(await readRecord(directory)).toBe(before);
});

test('a row cannot be moved to another entry', async () => {
  const { directory } = await newAuthority('lists');
  await importRows(directory, [pdq(1, '7')]);
  const { refused, known } = await importRows(directory, [pdq(1, '8'), pdq(1, '7')]);
  expect(refused).toEqual([{ source: 'rows.csv:2', why: 'already listed under entry 7, not 8' }]);
  expect(known).toEqual([{ source: 'rows.csv:3', entry: 7 }]);
});

test('a suppressed entry is off immediately, its rows are gone from the next release, and neither returns', async () => {
  const { directory } = await newAuthority('lists');
  await importRows(directory, [pdq(1, '7'), pdq(2, '8')]);
  await listed(directory);
  await suppressEntries({ directory, entries: [7, 7], ...by });

  const { repository, lists } = await publish({ directory, now: NOW });
  expect(lists).toEqual([]);
  const root = await readFile(path.join(directory, 'root.json'));
  const now = await verifyRepository({ repository, root, now: NOW });
  expect(now.suppressions).toMatchObject([{ suppression: { list: 'demo', entries: [7] } }]);
  expect(now.lists).toMatchObject([{ manifest: { version: 1, counts: { pdq: 2 } } }]);

  const { refused } = await importRows(directory, [pdq(1), pdq(3, '7'), pdq(4, '9')]);
  expect(refused.map(({ why }) => why)).toEqual(['entry 7 is suppressed', 'entry 7 is suppressed']);
  expect([...(await listed(directory)).values()].sort((a, b) => a - b)).toEqual([8, 9]);
  expect((await verifyRepository({ repository, root, now: NOW })).suppressions).toMatchObject([
    { suppression: { entries: [7] } },
  ]);
});

test('suppressing an entry that the list never had fails and suppresses nothing', async () => {
  const { directory } = await newAuthority('lists');
  await importRows(directory, [pdq(1, '7')]);
  const before = await readRecord(directory);
  await expect(suppressEntries({ directory, entries: [7, 9], ...by })).rejects.toMatchObject({ code: 'ERR_USAGE' });
  expect(await readRecord(directory)).toBe(before);
});

test('of two concurrent commands one fails, and no row is lost', async () => {
  const { directory } = await newAuthority('lists');
  const both = await Promise.allSettled([importRows(directory, [pdq(1)]), importRows(directory, [pdq(2)])]);
  const lost = both.filter(({ status }) => status === 'rejected');
  for (const each of lost) expect(each).toMatchObject({ reason: { code: 'ERR_REPOSITORY' } });
  const rows = (await readRecord(directory)).split('\n').filter((line) => line.includes('"line":"row"'));
  expect(rows).toHaveLength(2 - lost.length);
});

test('only the owner can read the record, and the error for a damaged line names the line', async () => {
  const { directory } = await newAuthority('lists');
  await importRows(directory, [pdq(1)]);
  const file = path.join(directory, 'record/demo/000001.ndjson');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  await appendFile(file, '{"line":"row","at":"20');
  await expect(importRows(directory, [pdq(2)])).rejects.toMatchObject({
    code: 'ERR_REPOSITORY',
    message: expect.stringContaining('000001.ndjson, line 3'),
  });
});
