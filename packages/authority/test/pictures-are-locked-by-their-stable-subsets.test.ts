/** Pictures of a locked list keep a ranking of subsets from their coefficients, and edited copies open their rows. Spec: docs/design/authority.md#locked-lists */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { importList } from '@lodestone/authority';
import { flipCosts, loadBlake3, LockedIndex } from '@lodestone/locked-list';
import { nodeArgon2id } from '@lodestone/locked-list/node';
import { loadPdq, marginsOf } from '@lodestone/pdq';
import { photographFile } from '@lodestone/testkit/photographs';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { newAuthority, NOW, readRecord, temporaryFolder } from './support/authority-folder.ts';
import { escrowOf, importRows, lockFast, publishAndRead, rowOf } from './support/locked.ts';

interface RowLine {
  line: string;
  payload: string;
  subsets?: string;
}

async function importPictures(directory: string, crops: boolean): Promise<RowLine[]> {
  const source = await temporaryFolder();
  const bytes = await sharp(photographFile('nagasaki-boats')).resize(600).png().toBuffer();
  await writeFile(path.join(source, 'one.png'), bytes);
  await importList({
    directory,
    list: 'demo',
    source,
    purpose: 'verified',
    form: 'locked',
    by: 'tester',
    now: NOW,
    crops,
  });
  const lines = (await readRecord(directory)).trim().split('\n');
  return lines.map((line) => JSON.parse(line) as RowLine).filter(({ line }) => line === 'row');
}

test('a row has the four subsets that edits change least, and an edited copy opens it', async () => {
  const { directory } = await newAuthority('lists');
  const [row] = await importPictures(directory, false);
  expect(row?.subsets).toMatch(/^[0-9a-f]{16}$/);
  const { report, release } = await publishAndRead(directory);
  expect(report.locked).toMatchObject([{ listed: 1, unranked: 0, subsets: 16, slots: 4, repicked: 0 }]);
  const [listed] = (await escrowOf(directory)).rows;
  const stable = Array.from(row!.subsets!.slice(0, 4), (digit) => Number.parseInt(digit, 16));
  expect(new Set(listed?.slots)).toEqual(new Set(stable));

  const jpeg = await sharp(photographFile('nagasaki-boats')).resize(400).jpeg({ quality: 50 }).toBuffer();
  const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true });
  const pdq = await loadPdq();
  const { hash, coefficients } = pdq.hash(
    { data, width: info.width, height: info.height, channels: 3 },
    { coefficients: true },
  );
  const index = new LockedIndex({ blake3: await loadBlake3(), slowHash: nodeArgon2id }, release.locked!);
  const { matches } = await index.queryBatch([{ hash, costs: flipCosts(marginsOf(coefficients!)), share: 1 }], 31);
  expect(matches[0]).toHaveLength(1);
});

test('import names the pictures that are too weak to be locked, and publication refuses their rows', async () => {
  const { directory } = await newAuthority('lists');
  const source = await temporaryFolder();
  const alps = sharp(photographFile('french-alpine-landscape')).resize(600, 600, { fit: 'cover' });
  const framed = sharp(await alps.png().toBuffer()).extend({
    top: 60,
    bottom: 60,
    left: 60,
    right: 60,
    background: '#fff',
  });
  await writeFile(path.join(source, 'framed.png'), await framed.png().toBuffer());
  await writeFile(
    path.join(source, 'boats.png'),
    await sharp(photographFile('nagasaki-boats')).resize(600).png().toBuffer(),
  );
  const { weak } = await importList({
    directory,
    list: 'demo',
    source,
    purpose: 'verified',
    form: 'locked',
    by: 'tester',
    now: NOW,
  });
  expect(weak).toMatchObject([
    {
      source: 'framed.png',
      why: expect.stringContaining('1 of 1 rows, the uncut picture among them, can be guessed') as unknown,
    },
  ]);
  await lockFast(directory);
  const { report } = await publishAndRead(directory);
  expect(report.locked).toMatchObject([{ listed: 1, refused: 1, refusals: [{ entry: weak[0]?.entry }] }]);
});

test('crops are ranked too; rows that come later as hashes get subsets by the seed', async () => {
  const { directory } = await newAuthority('lists');
  const rows = await importPictures(directory, true);
  expect(rows.length).toBeGreaterThan(20);
  expect(rows.every(({ subsets }) => subsets?.length === 16)).toBe(true);
  await lockFast(directory);
  await publishAndRead(directory);
  await importRows(directory, [rowOf(1)]);
  const { report } = await publishAndRead(directory, NOW + 1_000);
  expect(report.locked).toMatchObject([{ subsets: 16, unranked: 1, merged: 0 }]);
});

test('a picture is not listed readable as its mirror image or turned, because that row gives the locked one', async () => {
  const { directory } = await newAuthority('lists');
  await importPictures(directory, false);
  const { data, info } = await sharp(photographFile('nagasaki-boats'))
    .resize(600)
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { hashes } = (await loadPdq()).hashOrientations({ data, width: info.width, height: info.height, channels: 3 });
  const plain = await importRows(directory, [...Object.values(hashes), rowOf(7)], { form: 'plain', list: 'open' });
  expect([plain.added.length, plain.refused.length]).toEqual([1, 8]);
});
