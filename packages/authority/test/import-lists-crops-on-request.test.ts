/** `import` with `crops` lists the hashes of cut copies under the picture's entry, so that devices find these as the picture. Spec: docs/design/authority.md#import */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { importList, type ImportReport } from '@lodestone/authority';
import { distance, fromHex, loadPdq } from '@lodestone/pdq';
import { photographFile } from '@lodestone/testkit/photographs';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { newAuthority, NOW, picture, readRecord, temporaryFolder } from './support/authority-folder.ts';

interface RowLine {
  line: string;
  entry: number;
  payload: string;
  source: string;
  crop?: string;
}

let photograph: Buffer;
beforeAll(async () => {
  photograph = await sharp(photographFile('nagasaki-boats')).resize(800).png().toBuffer();
});

async function importInto(directory: string, files: Record<string, Buffer>, crops = true): Promise<ImportReport> {
  const source = await temporaryFolder();
  for (const [name, bytes] of Object.entries(files)) await writeFile(path.join(source, name), bytes);
  return importList({ directory, list: 'demo', source, purpose: 'verified', by: 'tester', now: NOW, crops });
}

async function rowsOf(directory: string): Promise<RowLine[]> {
  const lines = (await readRecord(directory)).trim().split('\n');
  return lines.map((line) => JSON.parse(line) as RowLine).filter(({ line }) => line === 'row');
}

test('a picture has one row of its own and twenty of its crops, all under one entry, and the record names each crop', async () => {
  const { directory } = await newAuthority('lists');
  const { added, refused } = await importInto(directory, { 'one.png': photograph });
  expect(refused).toEqual([]);
  const rows = await rowsOf(directory);
  expect(rows).toHaveLength(21);
  expect(new Set(rows.map(({ entry }) => entry))).toEqual(new Set([added[0]?.entry]));
  expect(rows.filter(({ crop }) => crop === undefined)).toHaveLength(1);
  expect(rows.map(({ crop }) => crop)).toContain('5 % of each side');
});

test('a copy cut by 5 % of each side, or by 11 % of one, is within 31 bits of a row; without crops it is not', async () => {
  const { width, height } = await sharp(photograph).metadata();
  const cut = async (left: number, top: number, right: number, bottom: number): Promise<Uint8Array> => {
    const [x, y] = [Math.round(width * left), Math.round(height * top)];
    const [w, h] = [width - x - Math.round(width * right), height - y - Math.round(height * bottom)];
    const { data, info } = await sharp(photograph)
      .extract({ left: x, top: y, width: w, height: h })
      .jpeg({ quality: 70 })
      .toBuffer()
      .then((bytes) => sharp(bytes).raw().toBuffer({ resolveWithObject: true }));
    return (await loadPdq()).hash({ data, width: info.width, height: info.height, channels: 3 }).hash;
  };
  const copies = [await cut(0.05, 0.05, 0.05, 0.05), await cut(0.11, 0, 0, 0), await cut(0, 0, 0, 0.11)];
  const nearest = async (crops: boolean): Promise<number[]> => {
    const { directory } = await newAuthority('lists');
    await importInto(directory, { 'one.png': photograph }, crops);
    const rows = (await rowsOf(directory)).map(({ payload }) => fromHex(payload));
    return copies.map((copy) => Math.min(...rows.map((row) => distance(row, copy))));
  };
  expect((await nearest(true)).filter((bits) => bits > 31)).toEqual([]);
  expect((await nearest(false)).filter((bits) => bits <= 31)).toEqual([]);
});

test('an entry that was imported without crops gets them later, and a second import changes nothing', async () => {
  const { directory } = await newAuthority('lists');
  const first = await importInto(directory, { 'one.png': photograph }, false);
  const second = await importInto(directory, { 'one.png': photograph });
  expect(second.added).toMatchObject([{ entry: first.added[0]?.entry }]);
  expect(second.added[0]?.types).toHaveLength(20);
  const third = await importInto(directory, { 'one.png': photograph });
  expect([third.added, third.known]).toMatchObject([[], [{ entry: first.added[0]?.entry }]]);
  expect(await rowsOf(directory)).toHaveLength(21);
});

test('a crop with too few features is left out and reported, and the picture is listed', async () => {
  // The detail is along the left edge, and just enough of it: cut there, the picture has too little.
  const side = 400;
  const detail = await picture(3, side)
    .extract({ left: 0, top: 0, width: 120, height: side })
    .linear(3, -256)
    .png()
    .toBuffer();
  const flat = await sharp({ create: { width: side, height: side, channels: 3, background: '#808080' } })
    .composite([{ input: detail, left: 0, top: 0 }])
    .png()
    .toBuffer();
  const { directory } = await newAuthority('lists');
  const { added, refused } = await importInto(directory, { 'one.png': flat });
  expect(added).toHaveLength(1);
  expect(refused).toMatchObject([
    {
      source: 'one.png',
      why: expect.stringMatching(/^crops with too few features.*, 10 % of each side, .*12 % left$/) as unknown,
    },
  ]);
  const rows = await rowsOf(directory);
  expect(rows.map(({ crop }) => crop)).not.toContain('12 % left');
  expect(rows.map(({ crop }) => crop)).toContain('12 % right');
  expect(rows.filter(({ crop }) => crop === undefined)).toHaveLength(1);
});

test('a picture that cannot be listed has no crops in the list either', async () => {
  const plain = await sharp({ create: { width: 400, height: 400, channels: 3, background: '#336699' } })
    .png()
    .toBuffer();
  const { directory } = await newAuthority('lists');
  const { refused } = await importInto(directory, { 'one.png': photograph, 'plain.png': plain });
  expect(refused).toMatchObject([{ source: 'plain.png', why: expect.stringContaining('too few features') as unknown }]);
  expect(new Set((await rowsOf(directory)).map(({ source }) => source))).toEqual(new Set(['one.png']));
});
