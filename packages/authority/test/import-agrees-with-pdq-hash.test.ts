/**
 * A folder's import lists what `pdq hash` prints; the sandbox's own test compares each engine with the same table.
 * Spec: docs/design/authority.md#import
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { importList } from '@lodestone/authority';
import { HASHES } from '@lodestone/sandbox/testing/fixtures/hashes';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { cp, writeFile } from 'node:fs/promises';
import { newAuthority, NOW, picture, readRecord, temporaryFolder } from './support/authority-folder.ts';

const fixtures = path.dirname(fileURLToPath(import.meta.resolve('@lodestone/sandbox/testing/fixtures/hashes')));

/** The PDQ rows of the record, by file. A file whose rows are all listed already has none. */
async function imported(source: string): Promise<{ rows: { source: string; payload: string }[]; refused: string[] }> {
  const { directory } = await newAuthority('lists');
  const report = await importList({ directory, list: 'demo', source, purpose: 'verified', by: 'tester', now: NOW });
  const lines = (await readRecord(directory)).trim().split('\n').slice(1);
  return {
    rows: lines.map((line) => JSON.parse(line) as { source: string; payload: string }),
    refused: report.refused.map(({ source: name, why }) => `${name}: ${why}`),
  };
}

test('each fixture is listed under the hash that pdq prints for it', async () => {
  const source = await temporaryFolder(); // without the videos
  for (const file of Object.keys(HASHES)) await cp(path.join(fixtures, file), path.join(source, file));
  const { rows } = await imported(source);
  const listed = new Set(rows.map(({ payload }) => payload));
  for (const [file, hash] of Object.entries(HASHES)) expect([file, listed.has(hash)]).toEqual([file, true]);
});

test('a WebP that EXIF turns is listed as browsers show it and as other viewers do, under one entry', async () => {
  const source = await temporaryFolder();
  const upright = await picture(1).webp({ lossless: true }).toBuffer();
  await sharp(upright)
    .webp({ lossless: true })
    .withMetadata({ orientation: 6 })
    .toFile(path.join(source, 'turned.webp'));
  const both = await imported(source);
  expect(both.rows).toHaveLength(2);
  const alone = await temporaryFolder();
  await writeFile(path.join(alone, '1.webp'), upright);
  await sharp(upright).rotate(90).png().toFile(path.join(alone, '2.png'));
  const { rows } = await imported(alone);
  expect(both.rows.map(({ payload }) => payload).sort()).toEqual(rows.map(({ payload }) => payload).sort());
});

test('a picture in white on transparent is listed as it is shown on black', async () => {
  const source = await temporaryFolder();
  const alpha = await picture(4).greyscale().toColourspace('b-w').raw().toBuffer();
  const white = sharp({ create: { width: 256, height: 256, channels: 3, background: '#fff' } });
  await white
    .joinChannel(alpha, { raw: { width: 256, height: 256, channels: 1 } })
    .png()
    .toFile(path.join(source, 'white.png'));
  const onBlack = await temporaryFolder();
  await picture(4).greyscale().png().toFile(path.join(onBlack, 'grey.png'));
  const [{ rows: found }, { rows: expected }] = [await imported(source), await imported(onBlack)];
  expect(found.map(({ payload }) => payload)).toEqual(expected.map(({ payload }) => payload));
});

test('an animated PNG whose first picture browsers never show is refused with the reason', async () => {
  const source = await temporaryFolder();
  const png = await picture(5).png().toBuffer();
  const chunk = Buffer.from('000000086163544c0000000100000000b92d6a84', 'hex');
  await writeFile(path.join(source, 'good.png'), png);
  await writeFile(path.join(source, 'hidden.png'), Buffer.concat([png.subarray(0, 33), chunk, png.subarray(33)]));
  expect((await imported(source)).refused).toEqual([
    'hidden.png: not a readable picture: browsers show its animation, which does not contain the picture that other viewers show',
  ]);
});
