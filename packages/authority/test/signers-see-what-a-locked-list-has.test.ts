/** Holders and publishers see form, counts and estimated strength of a locked list; the command line fixes the form and writes the escrow. */
import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describeReview, prepare, reviewDraft } from '@lodestone/authority';
import { parseEscrow } from '@lodestone/protocol/locked-escrow';
import { expect, test } from 'vitest';
import { newAuthority, NOW, temporaryFolder } from './support/authority-folder.ts';
import { run } from './support/command-line.ts';
import { newCeremony, publishWith } from './support/holders.ts';
import { copyOf, importRows, listFile, lockFast, rowOf } from './support/locked.ts';

test('the review of a draft names the form, what was merged, and the estimated strength', async () => {
  const ceremony = await newCeremony();
  const { directory, draft, holders } = ceremony;
  await importRows(directory, [rowOf(0), rowOf(1), copyOf(rowOf(1), 5)]);
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
  // The test's list names tables that do not exist.
  expect(text).toContain('new rows are scored by other tables than the header of the list names');
  // The signed draft is what publish builds again.
  await publishWith(ceremony, holders.slice(0, 2));
  expect(new TextDecoder().decode((await listFile(directory)).subarray(0, 4))).toBe('LODE');
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
