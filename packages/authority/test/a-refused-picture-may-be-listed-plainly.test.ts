/**
 * A picture that a locked list refuses as weak goes into a plain list; one that is locked, or was readable before, does not go into the other
 * form. In each order, also after a suppression and with two commands at once. Spec: docs/design/authority.md#locked-lists
 */
import { cp, rm } from 'node:fs/promises';
import path from 'node:path';
import { createLocker, loadBlake3 } from '@lodestone/locked-list';
import { nodeArgon2id } from '@lodestone/locked-list/node';
import { records } from '@lodestone/protocol/list-file';
import type { Name } from '@lodestone/protocol/name';
import { suppressEntries } from '@lodestone/authority';
import { expect, test } from 'vitest';
import { fileCounts, ImportRecord } from '../src/import/import-record.ts';
import { orientationsOf } from '../src/import/orientations.ts';
import { openOtherForm } from '../src/import/other-form.ts';
import { pathsOf } from '../src/keys/authority.ts';
import { lockNewRows } from '../src/locked/lock-new-rows.ts';
import { LockedState } from '../src/locked/locked-state.ts';
import { newAuthority, NOW } from './support/authority-folder.ts';
import { copyOf, importRows, lockFast, publishAndRead, type PublishedList, rowOf, weakRow } from './support/locked.ts';

const PLAIN = { form: 'plain', list: 'open' } as const;
const [weak, strong] = [weakRow(0), rowOf(0)];
const assigned = (row: Uint8Array, entry: number): string => `pdq,${Buffer.from(row).toString('hex')},${entry}`;
const plainRows = ({ release }: PublishedList): string[] =>
  [...records(release)].map(({ payload }) => Buffer.from(payload).toString('hex'));

async function newList(): Promise<string> {
  const { directory } = await newAuthority('lists');
  await lockFast(directory);
  return directory;
}
const suppress = (directory: string, list: string, entry: number | undefined): Promise<void> =>
  suppressEntries({ directory, list, entries: [entry ?? 0], by: 'tester', now: NOW });

test.each(['before', 'after'])('refused, then plain, %s the locked list is published', async (when) => {
  const directory = await newList();
  await importRows(directory, [weak, strong]);
  if (when === 'after') await publishAndRead(directory);
  const plain = await importRows(directory, [weak, copyOf(weak, 20), strong], PLAIN);
  expect(plain.added).toHaveLength(2);
  expect(plain.refused).toMatchObject([{ why: expect.stringMatching(/^0 bits from .* which is locked: /) as unknown }]);
  const { report, release } = await publishAndRead(directory, NOW + 1_000);
  expect(report.locked).toMatchObject([{ listed: 1, refused: 1 }]);
  expect(report.locked[0]?.refusals[0]?.why).toContain('of list open, which is readable and would open it');
  expect(release.locked?.count).toBe(1);
  expect(plainRows(await publishAndRead(directory, NOW + 2_000, 'open'))).toContain(weak.toString('hex'));
});

test('a turned copy of a refused picture is listed plainly, and one of a locked picture is not', async () => {
  const directory = await newList();
  await importRows(directory, [weak, strong]);
  const [turnedWeak, turnedStrong] = [orientationsOf(weak)[5]!, orientationsOf(strong)[5]!];
  const { added, refused } = await importRows(directory, [turnedWeak, turnedStrong], PLAIN);
  expect([added.length, refused.length]).toEqual([1, 1]);
});

test('plain, then locked: refused, also after the plain entry was suppressed, because old releases have it', async () => {
  const directory = await newList();
  const { added } = await importRows(directory, [strong, weak], PLAIN);
  const again = () => importRows(directory, [strong, weak, rowOf(1)]);
  expect((await again()).refused).toHaveLength(2);
  for (const { entry } of added) await suppress(directory, 'open', entry);
  expect((await again()).refused).toHaveLength(2);
});

test('what another scoring let into both lists is not locked, nor is another row of its entry', async () => {
  const directory = await newList();
  await importRows(directory, ['type,hash,entry', assigned(strong, 7), assigned(rowOf(1), 7), assigned(rowOf(2), 8)]);
  const other = await newList();
  await importRows(other, [strong], PLAIN);
  await cp(path.join(other, 'record/open'), path.join(directory, 'record/open'), { recursive: true });
  const { report } = await publishAndRead(directory);
  expect(report.locked).toMatchObject([{ listed: 1, refused: 2 }]);
  for (const { entry, why } of report.locked[0]!.refusals)
    expect([entry, why]).toEqual([7, expect.stringMatching(/^a row of it is 0 bits from entry \d+ of list open/)]);
});

test('an entry with strong rows stays locked: its weak row is not listed plainly, and a plain one gets no strong row', async () => {
  const directory = await newList();
  const head = 'type,hash,entry';
  await importRows(directory, [head, assigned(weak, 7), assigned(strong, 7), assigned(weakRow(1), 8)]);
  const plain = await importRows(directory, [weak, weakRow(1)], PLAIN);
  expect(plain.added).toHaveLength(1);
  expect(plain.refused).toMatchObject([
    { why: expect.stringContaining('locked by other rows, such as crops') as unknown },
  ]);
  const later = await importRows(directory, [head, assigned(rowOf(3), 8), assigned(rowOf(4), 9)]);
  expect(later.refused).toMatchObject([{ why: expect.stringMatching(/list open, which is readable/) as unknown }]);
});

test('suppressed before it was locked, then plain: listed; suppressed after it: refused, because old releases have it', async () => {
  const directory = await newList();
  const [first] = (await importRows(directory, [strong])).added;
  await suppress(directory, 'demo', first?.entry);
  expect((await importRows(directory, [strong], PLAIN)).added).toHaveLength(1);

  const [second] = (await importRows(directory, [rowOf(1)])).added;
  await publishAndRead(directory);
  await suppress(directory, 'demo', second?.entry);
  await expect(importRows(directory, [rowOf(1)], PLAIN)).rejects.toMatchObject({
    message: expect.stringContaining('which is locked') as unknown,
  });
});

test('if the folder "locked" of a published list is gone, each of its entries counts as locked', async () => {
  const directory = await newList();
  const [first] = (await importRows(directory, [strong, weak])).added;
  await publishAndRead(directory);
  await suppress(directory, 'demo', first?.entry);
  await rm(path.join(directory, 'record/demo/locked'), { recursive: true });
  const { added, refused } = await importRows(directory, [strong, weak, rowOf(1)], PLAIN);
  expect([added.length, refused.length]).toEqual([1, 2]);
});

test('of two imports at once of a weak picture, each is saved or says to import again, and it is never locked', async () => {
  const directory = await newList();
  const both = () =>
    Promise.allSettled([importRows(directory, [weak, rowOf(1)]), importRows(directory, [weak, rowOf(2)], PLAIN)]);
  for (const one of [...(await both()), ...(await both())])
    if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'ERR_REPOSITORY' });
  const { report } = await publishAndRead(directory);
  expect(report.locked[0]?.listed ?? 0).toBeLessThanOrEqual(1);
});

/** What a publication does after it has read the records. */
async function storeLate(directory: string, change: (entry: number) => Promise<unknown>): Promise<void> {
  const [paths, list] = [pathsOf(directory), 'demo' as Name];
  const counts = await fileCounts(paths.record);
  const row = (await ImportRecord.open(paths.record, list)).activePdq()[0]!;
  const state = (await LockedState.open(path.join(paths.record, list)))!;
  const tools = { blake3: await loadBlake3(), slowHash: nodeArgon2id };
  const locker = createLocker(tools, state.parameters, state.seed);
  await change(row.entry);
  const slots = { slots: [0, 1, 2, 3], tags: [], log2Guesses: [90, 90, 90, 90], repicked: false };
  await lockNewRows([{ row, slots }], { paths, state, locker, list, counts, say: () => {} });
}

test('a publication stores no row that was suppressed, or listed readable, after it read the records', async () => {
  const directory = await newList();
  await importRows(directory, [weak, rowOf(1)]);
  await expect(storeLate(directory, () => importRows(directory, [weak], PLAIN))).rejects.toMatchObject({
    code: 'ERR_REPOSITORY',
    message: expect.stringContaining('another command has listed readable entry') as unknown,
  });
  const other = await newList();
  await importRows(other, [strong, rowOf(1)]);
  await expect(storeLate(other, (entry) => suppress(other, 'demo', entry))).rejects.toMatchObject({
    message: expect.stringMatching(/has suppressed entry \d+ in the meantime\. Run the command again/) as unknown,
  });
  expect((await publishAndRead(other)).report.locked).toMatchObject([{ listed: 1 }]);
  // An import that concerns no row of it does not stop the publication.
  await storeLate(await withRow(rowOf(5)), () => Promise.resolve());
});

async function withRow(row: Uint8Array): Promise<string> {
  const directory = await newList();
  await importRows(directory, [row]);
  return directory;
}

test('an import relies on no refusal that a publication has overtaken', async () => {
  const directory = await newList();
  await importRows(directory, [weak]);
  const { record } = pathsOf(directory);
  const into = await ImportRecord.open(record, 'open' as Name);
  const form = await openOtherForm(record, into);
  expect(form.conflict([{ type: 'pdq', payload: weak }], 1)).toBeUndefined();
  await storeLate(directory, () => Promise.resolve());
  await expect(form.checkUnchanged()).rejects.toMatchObject({
    code: 'ERR_REPOSITORY',
    message: expect.stringMatching(/another command has locked entry \d+ of list demo in the meantime/) as unknown,
  });
});

test('a row in two locked lists is listed in both, and import and publication name it', async () => {
  const directory = await newList();
  const [first] = (await importRows(directory, [strong])).added;
  const second = await importRows(directory, [strong, rowOf(1)], { list: 'later' });
  expect(second.alsoLocked).toMatchObject([{ list: 'demo', otherEntry: first?.entry }]);
  const { report } = await publishAndRead(directory);
  const [own, other] = [first!.entry, second.added[0]!.entry];
  expect(report.locked).toMatchObject([
    { list: 'demo', alsoLocked: 1, alsoLockedEntries: [{ entry: own, list: 'later', otherEntry: other }] },
    { list: 'later', alsoLocked: 1, alsoLockedEntries: [{ entry: other, list: 'demo', otherEntry: own }] },
  ]);
});
