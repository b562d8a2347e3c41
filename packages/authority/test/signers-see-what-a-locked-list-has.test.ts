/** Holders and publishers see form, counts and estimated strength of a locked list; the command line fixes the form and writes the escrow. */
import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describeReview, prepare, publish, reviewDraft } from '@lodestone/authority';
import { parseEscrow } from '@lodestone/protocol/locked-escrow';
import type { Name } from '@lodestone/protocol/name';
import { expect, test } from 'vitest';
import { describeLocked, type LockedReport } from '../src/locked/report.ts';
import { newAuthority, NOW, temporaryFolder } from './support/authority-folder.ts';
import { run } from './support/command-line.ts';
import { newCeremony, publishWith } from './support/holders.ts';
import { copyOf, importRows, listFile, lockFast, rowOf, weakRow } from './support/locked.ts';

const EMPTY: LockedReport = {
  ...{ list: 'demo' as Name, listed: 0, merged: 0, merges: [], repicked: 0, repickedEntries: [], refused: 0 },
  ...{ refusals: [], void: 0, voidEntries: [], alsoLocked: 0, alsoLockedEntries: [], unranked: 0 },
  ...{ scoredAsNamed: true, bits: 96, subsets: 16, slots: 4, tries: 8_192, memoryKiB: 8, slowMs: 1, weakest: [] },
};

test('the review of a draft names the form, what was merged, and the estimated strength', async () => {
  const ceremony = await newCeremony();
  const { directory, draft, holders } = ceremony;
  const row = (of: Uint8Array, entry: number): string => `pdq,${Buffer.from(of).toString('hex')},${entry}`;
  const rows = [row(rowOf(0), 10), row(rowOf(1), 11), row(copyOf(rowOf(1), 5), 12), row(weakRow(0), 13)];
  await importRows(directory, ['type,hash,entry', ...rows]);
  await lockFast(directory);
  await prepare({ directory, now: NOW });
  const text = describeReview(await reviewDraft({ draft, now: NOW })).join('\n');
  expect(text).toContain('list demo (locked), release 1: rows pdq 2, sha256 0, vpdq 0');
  expect(text).toContain("locked list demo, as the authority's folder reports it:");
  expect(text).toContain('devices match the PDQ rows and cannot read them; 4 of 16 subsets of 96 bits a row');
  expect(text).toContain('2 rows are listed, 1 merged with a copy');
  expect(text).toMatch(
    /strength, estimated with public models: the weakest of 2 entries opens after 2\^[\d.]+ guesses/,
  );
  expect(text).toContain('merged: a row of entry 12, a copy of entry 11');
  expect(text).toMatch(/refused: a row of entry 13: it can be guessed too easily: 0 of its subsets are strong enough/);
  expect(text).toMatch(/weakest entries: 1[01] 2\^[\d.]+, 1[01] 2\^[\d.]+$/m);
  // The test's list names tables that do not exist.
  expect(text).toContain('new rows are scored by other tables than the header of the list names');
  // The signed draft is what publish builds again.
  await publishWith(ceremony, holders.slice(0, 2));
  expect(new TextDecoder().decode((await listFile(directory)).subarray(0, 4))).toBe('LODE');
});

test('a report names 32 entries of each kind, and counts the rest', async () => {
  const { directory } = await newAuthority('lists');
  const rows = Array.from({ length: 40 }, (_, i) => rowOf(i));
  await importRows(directory, [...rows, ...rows.map((row) => copyOf(row, 5))]);
  await lockFast(directory);
  const { locked } = await publish({ directory, now: NOW });
  const lines = describeLocked(locked[0]!);
  expect(lines.filter((line) => line.startsWith('merged: a row of entry'))).toHaveLength(32);
  expect(lines).toContain('merged: 8 more');
  expect(lines.find((line) => line.startsWith('weakest entries: '))).toMatch(/; 8 more need as many guesses or more$/);
});

test('a row whose tags are not those of its hash is reported as void, with its entry', () => {
  const report = describeLocked({ ...EMPTY, listed: 40, void: 40, voidEntries: [7, 7, 8] });
  expect(report).toContainEqual(
    expect.stringMatching(/^void: rows of entries 7, 8, and 37 more rows: .* devices ignore/),
  );
});

test('of two commands that lock a list at the same time, one says that the other has', async () => {
  const { directory, draft } = await newCeremony();
  await importRows(directory, [rowOf(0), rowOf(1)]);
  await lockFast(directory);
  const both = await Promise.allSettled([prepare({ directory, now: NOW }), prepare({ directory, now: NOW })]);
  for (const one of both) if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'ERR_REPOSITORY' });
  await prepare({ directory, now: NOW });
  expect(describeReview(await reviewDraft({ draft, now: NOW })).join('\n')).toContain('2 rows are listed');
});

test('import --locked fixes the form, and publish --escrow writes a file that only its owner reads', async () => {
  const { directory } = await newAuthority('lists');
  const source = path.join(await temporaryFolder(), 'rows.csv');
  await writeFile(source, `pdq,${rowOf(5).toString('hex')}\n`);
  const list = ['--list', 'demo', '--purpose', 'verified'];
  const imported = await run('import', directory, source, ...list, '--locked');
  expect(imported).toMatchObject({ code: 0, out: expect.stringContaining('1 rows came as hashes') as unknown });
  expect(await run('import', directory, source, ...list)).toMatchObject({
    code: 1,
    err: expect.stringContaining('list demo is locked, and stays so: pass --locked') as unknown,
  });
  await lockFast(directory);
  const escrow = path.join(await temporaryFolder(), 'escrow');
  const published = await run('publish', directory, '--escrow', escrow);
  expect(published.err).toBe('');
  expect(published.out).toContain('list demo: strength, estimated with public models');
  expect(published.out).toContain('escrow of list demo: 1 rows in');
  expect((await stat(escrow)).mode & 0o777).toBe(0o600);
  expect(parseEscrow(new Uint8Array(await readFile(escrow))).rows).toHaveLength(1);
  const status = await run('verify', directory, '--root', path.join(directory, 'root.json'));
  expect(status.out).toContain('locked: 1 pdq');
});

test('an escrow needs one locked list, and without one nothing is published', async () => {
  const { directory } = await newAuthority('lists');
  await importRows(directory, [rowOf(1)], { form: 'plain' });
  expect(await run('publish', directory, '--escrow', 'escrow')).toMatchObject({
    code: 1,
    err: expect.stringContaining('there is no locked list') as unknown,
  });
  expect(existsSync(path.join(directory, 'repository/targets'))).toBe(false);
});
