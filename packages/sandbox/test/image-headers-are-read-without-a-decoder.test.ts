/** Size and end of a picture come from its structure: correct for complete pictures, and no truncated picture counts as complete. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { concatBytes, fromHex, utf8 } from '@lodestone/protocol/bytes';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ImageHeader, readImageHeader } from '../src/decode/format/image-header.ts';
import { HEADER_READERS, type StillType } from '../src/decode/sniff.ts';
import { encodeBmp, encodePng, pngOf, withBadText, withOrientation, withPngOrientation } from './encode.ts';
import { drawPicture } from './picture.ts';

const fixture = async (name: string): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await readFile(path.join(import.meta.dirname, 'fixtures', name)));
const fromSpacedHex = (hex: string): Uint8Array => fromHex(hex.replaceAll(' ', ''));
const drawn = drawPicture(320, 240);
const readHeader = (type: StillType, bytes: Uint8Array): ImageHeader | undefined =>
  readImageHeader(HEADER_READERS[type], bytes);

const PICTURES: readonly (readonly [string, StillType, () => Promise<Uint8Array<ArrayBuffer>>])[] = [
  ['JPEG', 'image/jpeg', () => fixture('picture.jpg')],
  ['JPEG with EXIF', 'image/jpeg', async () => withOrientation(await fixture('picture.jpg'), 6)],
  ['progressive JPEG', 'image/jpeg', () => fixture('progressive.jpg')],
  ['WebP', 'image/webp', () => fixture('picture.webp')],
  ['GIF', 'image/gif', () => fixture('picture.gif')],
  ['AVIF', 'image/avif', () => fixture('picture.avif')],
  ['PNG', 'image/png', () => encodePng(drawn)],
  ['BMP', 'image/bmp', async () => encodeBmp(drawn)],
];

describe.each(PICTURES)('%s', (_, type, read) => {
  test('is complete', async () => {
    expect(readHeader(type, await read())).toMatchObject({ width: 320, height: 240, complete: true });
  });

  test('is complete if other bytes follow it', async () => {
    expect(readHeader(type, concatBytes(await read(), new Uint8Array(9)))).toMatchObject({ complete: true });
  });

  test('is not complete if it is cut anywhere', async () => {
    const whole = await read();
    // A GIF's trailer is one byte, and nothing of the picture.
    const longest = whole.length - (type === 'image/gif' ? 2 : 1);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: longest }), (length) => {
        expect(readHeader(type, whole.subarray(0, length))?.complete ?? false).toBe(false);
      }),
    );
  });
});

test.for(Object.keys(HEADER_READERS) as StillType[])('%s: no input throws', (type) => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => void readHeader(type, bytes)));
});

describe('sizes', () => {
  test('PNG: 60,000 × 60,000', () => {
    expect(readHeader('image/png', pngOf(60_000, 60_000, new Uint8Array(9)))).toMatchObject({
      width: 60_000,
      height: 60_000,
    });
  });

  test('GIF: a first image larger than the screen enlarges it', () => {
    const gif = fromSpacedHex('474946383961 0100 0100 000000 2c 0500 0000 e803 0200 00 02024401 00 3b');
    expect(readHeader('image/gif', gif)).toEqual({ width: 1_005, height: 2, complete: true });
  });

  test('WebP: all three kinds of first chunk', () => {
    const webp = (hex: string): Uint8Array => concatBytes(fromHex('524946460000000057454250'), fromSpacedHex(hex));
    expect(readHeader('image/webp', webp('5650385800000000 00000000 ff3f00 0f2700'))).toMatchObject({
      width: 16_384,
      height: 10_000,
    });
    expect(readHeader('image/webp', webp('5650384c00000000 2f ffc30000'))).toMatchObject({
      width: 1_024,
      height: 4,
    });
    expect(readHeader('image/webp', webp('5650382000000000 000000 9d012a 4041 f080'))).toMatchObject({
      width: 320,
      height: 240,
    });
  });

  test('BMP: top-down rows, and the OS/2 header', () => {
    const bmp = encodeBmp(drawPicture(8, 6));
    new DataView(bmp.buffer).setInt32(22, -6, true);
    expect(readHeader('image/bmp', bmp)).toEqual({ width: 8, height: 6, complete: true });
    const os2 = concatBytes(
      fromSpacedHex('424d 00000000 00000000 1a000000 0c000000 02000200 01001800'),
      new Uint8Array(16),
    );
    expect(readHeader('image/bmp', os2)).toEqual({ width: 2, height: 2, complete: true });
  });

  test('a side of 0 is not a size', () => {
    expect(readHeader('image/png', pngOf(0, 5, new Uint8Array(9)))).toBeUndefined();
  });

  test('AVIF: the largest of its items counts', async () => {
    const avif = await fixture('picture.avif');
    const at = Buffer.from(avif).indexOf('ispe');
    new DataView(avif.buffer).setUint32(at + 8, 50_000);
    expect(readHeader('image/avif', avif)).toMatchObject({ width: 50_000, height: 240 });
  });
});

describe('faults that engines tolerate', () => {
  test('a PNG with a wrong checksum of its pixels is incomplete, one with a wrong checksum of a text is not', async () => {
    const png = await encodePng(drawn);
    expect(readHeader('image/png', withBadText(png))).toMatchObject({ complete: true });
    png[png.length >> 1] = (png[png.length >> 1] as number) ^ 0x10;
    expect(readHeader('image/png', png)).toMatchObject({ complete: false });
  });

  test('a GIF without a trailer is complete', async () => {
    expect(readHeader('image/gif', (await fixture('picture.gif')).slice(0, -1))).toMatchObject({ complete: true });
  });

  test('a JPEG with a stray marker in its coded data is complete', async () => {
    const jpeg = await fixture('picture.jpg');
    jpeg.set([0xff, 0xbf, 0xff, 0xf0], jpeg.length >> 1);
    expect(readHeader('image/jpeg', jpeg)).toMatchObject({ complete: true });
  });

  test('a BMP without the padding of its last row is complete', () => {
    const bmp = encodeBmp(drawPicture(5, 4));
    expect(readHeader('image/bmp', bmp.slice(0, -1))).toMatchObject({ complete: true });
    expect(readHeader('image/bmp', bmp.slice(0, -2))).toMatchObject({ complete: false });
  });

  test('an AVIF is complete if a box behind the data of its items is cut', async () => {
    const trailer = concatBytes(Uint8Array.of(0, 0, 9, 9), utf8('sefd'), new Uint8Array(7));
    expect(readHeader('image/avif', concatBytes(await fixture('picture.avif'), trailer))).toMatchObject({
      complete: true,
    });
  });
});

test('a JPEG is sideways with EXIF orientations 5 to 8, in either byte order', async () => {
  const jpeg = await fixture('picture.jpg');
  for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8])
    for (const isLittleEndian of [false, true])
      expect(readHeader('image/jpeg', withOrientation(jpeg, orientation, isLittleEndian))?.isSideways ?? false).toBe(
        orientation > 4,
      );
});

test('a PNG is sideways with an orientation before its pixels, and an AVIF with a quarter turn', async () => {
  const png = await encodePng(drawn);
  const turned = withPngOrientation(png, 6);
  const exif = turned.subarray(33, turned.length - png.length + 33);
  expect(readHeader('image/png', turned)).toMatchObject({ isSideways: true });
  expect(readHeader('image/png', withPngOrientation(png, 3))).not.toHaveProperty('isSideways');
  expect(readHeader('image/png', concatBytes(png.subarray(0, -12), exif, png.subarray(-12)))).not.toHaveProperty(
    'isSideways',
  );
  expect(readHeader('image/avif', await fixture('turned.avif'))).toMatchObject({ isSideways: true });
  expect(readHeader('image/avif', await fixture('mirrored.avif'))).not.toHaveProperty('isSideways');
});

test('OS/2 codings of a BMP are dangerous, and Windows ones are not', () => {
  const bmp = encodeBmp(drawPicture(8, 6));
  const view = new DataView(bmp.buffer);
  for (const compression of [3, 4]) {
    view.setUint32(30, compression, true);
    expect(readHeader('image/bmp', bmp)).not.toHaveProperty('isDangerous');
    view.setUint32(14, 64, true);
    expect(readHeader('image/bmp', bmp)).toMatchObject({ isDangerous: true });
    view.setUint32(14, 40, true);
  }
});
