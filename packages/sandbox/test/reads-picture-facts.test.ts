/** A picture's size and end, from its structure alone: right for whole pictures, incomplete for every cut of them. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { concatBytes, fromHex } from '@lodestone/protocol/bytes';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readFacts } from '../src/decode/format/image-header.ts';
import type { PictureType } from '../src/decode/sniff.ts';
import { encodeBmp, encodePng, pngOf, withOrientation } from './encode.ts';
import { drawPicture } from './picture.ts';

const fixture = async (name: string): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await readFile(path.join(import.meta.dirname, 'fixtures', name)));
const fromSpacedHex = (hex: string): Uint8Array => fromHex(hex.replaceAll(' ', ''));
const drawn = drawPicture(320, 240);

const PICTURES: readonly (readonly [string, PictureType, () => Promise<Uint8Array<ArrayBuffer>>])[] = [
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
  test('whole', async () => {
    expect(readFacts(type, await read())).toEqual({ width: 320, height: 240, complete: true });
  });

  test('whole, with something behind it', async () => {
    expect(readFacts(type, concatBytes(await read(), new Uint8Array(9)))).toMatchObject({ complete: true });
  });

  test('cut anywhere, it is not complete', async () => {
    const whole = await read();
    fc.assert(
      fc.property(fc.integer({ min: 0, max: whole.length - 1 }), (length) => {
        expect(readFacts(type, whole.subarray(0, length))?.complete ?? false).toBe(false);
      }),
    );
  });
});

test.for(PICTURES.map(([, type]) => type))('%s: any bytes are read without an error, and in time', (type) => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => void readFacts(type, bytes)));
});

describe('sizes', () => {
  test('PNG: 60,000 × 60,000', () => {
    expect(readFacts('image/png', pngOf(60_000, 60_000, new Uint8Array(9)))).toMatchObject({
      width: 60_000,
      height: 60_000,
    });
  });

  test('GIF: a first image beyond the screen widens it', () => {
    const gif = fromSpacedHex('474946383961 0100 0100 000000 2c 0500 0000 e803 0200 00 02024401 00 3b');
    expect(readFacts('image/gif', gif)).toEqual({ width: 1_005, height: 2, complete: true });
  });

  test('WebP: each kind of first chunk', () => {
    const webp = (hex: string): Uint8Array => concatBytes(fromHex('524946460000000057454250'), fromSpacedHex(hex));
    expect(readFacts('image/webp', webp('5650385800000000 00000000 ff3f00 0f2700'))).toMatchObject({
      width: 16_384,
      height: 10_000,
    });
    expect(readFacts('image/webp', webp('5650384c00000000 2f ffc30000'))).toMatchObject({
      width: 1_024,
      height: 4,
    });
    expect(readFacts('image/webp', webp('5650382000000000 000000 9d012a 4041 f080'))).toMatchObject({
      width: 320,
      height: 240,
    });
  });

  test('BMP: rows from top to bottom, and the OS/2 header', () => {
    const bmp = encodeBmp(drawPicture(8, 6));
    new DataView(bmp.buffer).setInt32(22, -6, true);
    expect(readFacts('image/bmp', bmp)).toEqual({ width: 8, height: 6, complete: true });
    const os2 = concatBytes(
      fromSpacedHex('424d 00000000 00000000 1a000000 0c000000 02000200 01001800'),
      new Uint8Array(16),
    );
    expect(readFacts('image/bmp', os2)).toEqual({ width: 2, height: 2, complete: true });
  });

  test('a side of 0 is no size', () => {
    expect(readFacts('image/png', pngOf(0, 5, new Uint8Array(9)))).toBeUndefined();
  });

  test('AVIF: the largest of its items', async () => {
    const avif = await fixture('picture.avif');
    const at = Buffer.from(avif).indexOf('ispe');
    new DataView(avif.buffer).setUint32(at + 8, 50_000);
    expect(readFacts('image/avif', avif)).toMatchObject({ width: 50_000, height: 240 });
  });
});

test('a PNG is incomplete where a check sum is wrong', async () => {
  const png = await encodePng(drawn);
  png[png.length >> 1] = (png[png.length >> 1] as number) ^ 0x10;
  expect(readFacts('image/png', png)).toMatchObject({ complete: false });
});
