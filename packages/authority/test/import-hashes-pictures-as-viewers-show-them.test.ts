/** Import of a folder of pictures: hashes the pixels that a viewer shows, and refuses unsuitable pictures with a reason. */
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, test } from 'vitest';
import { importList, type ImportReport } from '@lodestone/authority';
import { distance, fromHex, loadPdq } from '@lodestone/pdq';
import { sha256Hex } from '@lodestone/trust';
import { newAuthority, NOW, picture, pixels, temporaryFolder, readRecord } from './support/authority-folder.ts';

interface Imported {
  report: ImportReport;
  /** Lines of the private record, without its first, which states the purpose. */
  lines: { type: string; payload: string; entry: number; quality?: number; source: string; by: string; at: string }[];
}

async function importFiles(files: Record<string, Buffer>, exact = false): Promise<Imported> {
  const { directory } = await newAuthority('lists');
  const source = await temporaryFolder();
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(source, name)), { recursive: true });
    await writeFile(path.join(source, name), bytes);
  }
  const report = await importList({
    directory,
    list: 'demo',
    source,
    purpose: 'verified',
    by: 'tester',
    now: NOW,
    exact,
  });
  const text = await readRecord(directory);
  return {
    report,
    lines: text
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => JSON.parse(line) as Imported['lines'][number]),
  };
}

test('the hash covers all pixels, and the record has who, when and from where', async () => {
  const { report, lines } = await importFiles({ 'sub/one.png': await picture(1, 700).png().toBuffer() });
  const { hash, quality } = (await loadPdq()).hash({
    data: new Uint8Array(pixels(1, 700)),
    width: 700,
    height: 700,
    channels: 3,
  });
  expect(lines).toEqual([
    {
      line: 'row',
      type: 'pdq',
      payload: Buffer.from(hash).toString('hex'),
      quality,
      entry: report.added[0]?.entry,
      source: path.join('sub', 'one.png'),
      at: '2026-11-24T08:00:00Z',
      by: 'tester',
    },
  ]);
});

describe('formats', () => {
  const encoders: Record<string, (image: Sharp) => Sharp> = {
    png: (image) => image.png(),
    jpeg: (image) => image.jpeg({ quality: 95 }),
    webp: (image) => image.webp({ quality: 95 }),
    avif: (image) => image.avif({ quality: 80 }),
    gif: (image) => image.gif(),
    tiff: (image) => image.tiff(),
    'grey png': (image) => image.greyscale().png(),
    'CMYK jpeg': (image) => image.toColourspace('cmyk').jpeg({ quality: 95 }),
    '16-bit png': (image) => image.toColourspace('rgb16').png(),
  };
  test.for(Object.keys(encoders))('%s is read, near to the same hash', async (format) => {
    const encode = encoders[format];
    if (!encode) throw new Error(format);
    const { lines } = await importFiles({ 'one.bin': await encode(picture(1)).toBuffer() });
    const reference = (await loadPdq()).hash({ data: new Uint8Array(pixels(1)), width: 256, height: 256, channels: 3 });
    expect(distance(fromHex(lines[0]?.payload ?? ''), reference.hash)).toBeLessThanOrEqual(
      format.startsWith('CMYK') ? 64 : 16, // inks move every tone; an inverted picture would be some 200 away
    );
  });

  test('the EXIF orientation is applied before hashing', async () => {
    const upright = await picture(6).jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer();
    const turned = await picture(6)
      .rotate(-90)
      .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
      .withMetadata({ orientation: 6 })
      .toBuffer();
    const { lines } = await importFiles({ '1.jpg': upright, '2.jpg': turned });
    const [one, two] = lines.map(({ payload }) => fromHex(payload));
    if (one && two) expect(distance(one, two)).toBeLessThanOrEqual(4);
    else expect(lines).toHaveLength(1); // the very same hash: already known
  });

  test('transparent pixels are white, as in the sandbox', async () => {
    const hole = Buffer.alloc(256 * 256 * 4);
    const solid = Buffer.alloc(256 * 256 * 3);
    pixels(1).forEach((value, i) => {
      const [pixel, channel] = [Math.floor(i / 3), i % 3];
      const shown = pixel % 256 < 128;
      hole[pixel * 4 + channel] = value;
      hole[pixel * 4 + 3] = shown ? 255 : 0;
      solid[i] = shown ? value : 255;
    });
    const { report } = await importFiles({
      '1.png': await sharp(hole, { raw: { width: 256, height: 256, channels: 4 } })
        .png()
        .toBuffer(),
      '2.png': await sharp(solid, { raw: { width: 256, height: 256, channels: 3 } })
        .png()
        .toBuffer(),
    });
    expect(report.known).toEqual([{ source: '2.png', entry: report.added[0]?.entry }]);
  });
});

describe('exact', () => {
  test('also lists the SHA-256 of each file, under the same entry', async () => {
    const file = await picture(1).png().toBuffer();
    const { report, lines } = await importFiles({ '1.png': file }, true);
    expect(report.added).toEqual([{ source: '1.png', entry: lines[0]?.entry, types: ['pdq', 'sha256'] }]);
    expect(lines.map(({ type }) => type)).toEqual(['pdq', 'sha256']);
    expect(lines[1]).toMatchObject({ payload: sha256Hex(file), entry: lines[0]?.entry });
  });

  test('lists only the file if its picture is unsuitable, and reports why', async () => {
    const flat = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#777777' } })
      .png()
      .toBuffer();
    const { report } = await importFiles({ 'flat.png': flat }, true);
    expect(report.added).toMatchObject([{ source: 'flat.png', types: ['sha256'] }]);
    expect(report.refused).toEqual([{ source: 'flat.png', why: expect.stringContaining('quality is 0') }]);
  });

  test('two files of the same picture share an entry', async () => {
    const { report, lines } = await importFiles(
      {
        '1.png': await picture(1).png({ compressionLevel: 0 }).toBuffer(),
        '2.png': await picture(1).png({ compressionLevel: 9 }).toBuffer(),
      },
      true,
    );
    expect(report.added.map(({ types }) => types)).toEqual([['pdq', 'sha256'], ['sha256']]);
    expect(new Set(lines.map(({ entry }) => entry)).size).toBe(1);
  });
});

describe('refused with its reason, while the others are added', () => {
  const good = picture(1).png().toBuffer();
  test.for<[string, () => Promise<Buffer> | Buffer, string]>([
    [
      'a flat picture',
      () =>
        sharp({ create: { width: 64, height: 64, channels: 3, background: 'red' } })
          .png()
          .toBuffer(),
      'quality is 0',
    ],
    ['a picture with few features', () => picture(3).png().toBuffer(), 'quality is 42'],
    ['a picture too small to hash', () => picture(1, 4).png().toBuffer(), 'quality is 0'],
    ['not a picture', () => Buffer.from('some text'), 'not a readable picture'],
    ['an icon', () => Buffer.from('00000100010010100000010020006804000016000000', 'hex'), 'unsupported image format'],
    ['an empty file', () => Buffer.alloc(0), 'not a readable picture'],
    [
      'a truncated picture',
      async () => (await picture(1).jpeg().toBuffer()).subarray(0, 2_000),
      'not a readable picture',
    ],
    [
      'an SVG drawing',
      () =>
        Buffer.from(
          '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><rect width="9" height="9"/></svg>',
        ),
      'svg',
    ],
    [
      'a picture over the size limit',
      () =>
        sharp({ create: { width: 16_385, height: 8, channels: 3, background: 'red' } })
          .png()
          .toBuffer(),
      '16385×8',
    ],
  ])('%s', async ([, make, why]) => {
    const { report } = await importFiles({
      'bad.bin': await make(),
      'good.png': await good,
      '.hidden': Buffer.from('x'),
    });
    expect(report.refused).toEqual([{ source: 'bad.bin', why: expect.stringContaining(why) }]);
    expect(report.added).toMatchObject([{ source: 'good.png', types: ['pdq'] }]);
  });

  test('symbolic links are not followed', async () => {
    const { directory } = await newAuthority('lists');
    const [source, elsewhere] = [await temporaryFolder(), await temporaryFolder()];
    await writeFile(path.join(elsewhere, 'x.png'), await good);
    await writeFile(path.join(source, 'good.png'), await picture(2).png().toBuffer());
    await symlink(path.join(elsewhere, 'x.png'), path.join(source, 'link.png'));
    const { added } = await importList({
      directory,
      list: 'demo',
      source,
      purpose: 'verified',
      by: 'tester',
      now: NOW,
    });
    expect(added.map((each) => each.source)).toEqual(['good.png']);
  });
});
