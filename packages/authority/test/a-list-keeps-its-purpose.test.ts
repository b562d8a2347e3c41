/** Every import states the purpose of its list; the first one fixes it, and each release repeats it. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ListPurpose } from '@lodestone/protocol/purpose';
import { expect, test } from 'vitest';
import { importList, publish, verifyRepository } from '@lodestone/authority';
import { inventedHash, newAuthority, NOW, readRecord, temporaryFolder } from './support/authority-folder.ts';

async function importRow(directory: string, purpose: string, fill: number): Promise<unknown> {
  const source = path.join(await temporaryFolder(), 'rows.csv');
  await writeFile(source, `type,hash\npdq,${inventedHash(fill)}\n`);
  return importList({ directory, list: 'demo', source, purpose: purpose as ListPurpose, by: 'tester', now: NOW });
}

test('rows of another purpose are refused, and the record stays as it was', async () => {
  const { directory, rootFile } = await newAuthority('lists');
  await importRow(directory, 'victim-submitted', 1);
  const before = await readRecord(directory);
  await expect(importRow(directory, 'verified', 2)).rejects.toMatchObject({
    code: 'ERR_IMPORT',
    message: expect.stringContaining('has the purpose "victim-submitted"'),
  });
  expect(await readRecord(directory)).toBe(before);
  await importRow(directory, 'victim-submitted', 2);

  const { repository } = await publish({ directory, now: NOW });
  const root = await readFile(rootFile);
  expect((await verifyRepository({ repository, root, now: NOW })).lists).toMatchObject([
    { manifest: { purpose: 'victim-submitted', counts: { pdq: 2 } } },
  ]);
});

test('an unknown purpose is refused', async () => {
  const { directory } = await newAuthority('lists');
  await expect(importRow(directory, 'anything', 1)).rejects.toMatchObject({ code: 'ERR_SCHEMA' });
});
