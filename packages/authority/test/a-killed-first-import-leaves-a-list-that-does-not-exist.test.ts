/** An import that was killed before its first file appeared: the list does not exist, for every later command. Spec: docs/design/authority.md#import */
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { importList, publish, suppressEntries, verifyRepository } from '@lodestone/authority';
import { expect, test } from 'vitest';
import { inventedHash, newAuthority, NOW, temporaryFolder } from './support/authority-folder.ts';

/** What `import` has written when it is killed: the folder, and perhaps an incomplete temporary file. */
async function killedImport(directory: string, list: string): Promise<string> {
  const folder = path.join(directory, 'record', list);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(path.join(folder, '.000001.ndjson.9b2e'), '{"line":"purpo');
  return folder;
}

async function rows(directory: string, list: string): Promise<void> {
  const source = path.join(await temporaryFolder(), 'rows.csv');
  await writeFile(source, `pdq,${inventedHash(1)}\n`);
  await importList({ directory, list, source, purpose: 'verified', by: 'tester', now: NOW });
}

test('other lists are published, nothing of that list is, and the next import creates it', async () => {
  const { directory, rootFile } = await newAuthority('lists');
  await rows(directory, 'whole');
  const folder = await killedImport(directory, 'killed');
  await mkdir(path.join(directory, 'record/empty'));
  await writeFile(path.join(directory, 'record/.DS_Store'), '');
  const lists = async (): Promise<string[]> => {
    await publish({ directory, now: NOW });
    const found = await verifyRepository({ repository: directory, root: await readFile(rootFile), now: NOW });
    return found.lists.map(({ manifest }) => manifest.list);
  };
  expect(await lists()).toEqual(['whole']);
  await expect(
    suppressEntries({ directory, list: 'killed', entries: [1], by: 'tester', now: NOW }),
  ).rejects.toMatchObject({
    code: 'ERR_USAGE',
  });
  const old = new Date(Date.now() - 2 * 3_600_000);
  await utimes(path.join(folder, '.000001.ndjson.9b2e'), old, old);
  await rows(directory, 'killed');
  expect(await readdir(folder), 'the old temporary file is removed').toEqual(['000001.ndjson']);
  expect(await lists()).toEqual(['killed', 'whole']);
});
