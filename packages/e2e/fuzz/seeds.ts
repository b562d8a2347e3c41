/** One valid file of each kind, made by the repository. Most show the one listed picture; mutations begin with these. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { concatBytes, utf8 } from '@lodestone/protocol/bytes';
import {
  anMp4,
  compress,
  gzipOf,
  pdfJpeg,
  pdfOf,
  pdfSamples,
  tarOf,
  withThumbnail,
  zipOf,
} from '@lodestone/sandbox/testing/containers';
import { encodeBmp, encodePng, iconOf, withOrientation } from '@lodestone/sandbox/testing/encode';
import { drawPicture, type Rgba } from '@lodestone/sandbox/testing/picture';
import sharp from 'sharp';

export type Bytes = Uint8Array<ArrayBuffer>;

export interface Seed {
  readonly name: string;
  readonly bytes: Bytes;
  /** It shows the listed picture, near enough to be found in every engine. */
  readonly isListed: boolean;
}

/** The picture on the fuzz run's list: the one of the sandbox's fixtures. */
export const LISTED: Rgba = drawPicture(320, 240);
/** A picture for icons, whose sides are at most 256 pixels. */
const DRAWN: Rgba = drawPicture(64, 48, 3);
/** The file on the list. */
export const LISTED_FILE: Bytes = utf8('a listed document\n');

const SHOW_LISTED = [
  'picture.jpg',
  'progressive.jpg',
  'picture.webp',
  'picture.gif',
  'picture.avif',
  'png',
  'bmp',
  'mpo.jpg',
];

const FIXTURES = [
  'picture.jpg',
  'progressive.jpg',
  'cmyk.jpg',
  'picture.webp',
  'picture.gif',
  'picture.avif',
  'picture.tiff',
  'grey.png',
  'sixteen-bits.png',
  'half-transparent.png',
];

export async function makeSeeds(): Promise<Seed[]> {
  const fixtures = await Promise.all(FIXTURES.map(async (name) => [name, await fixture(name)] as const));
  const jpeg = await fixture('picture.jpg');
  const png = await encodePng(LISTED);
  const small = await fixture('grey.png');
  const files: Record<string, Bytes | Promise<Bytes>> = {
    png,
    bmp: encodeBmp(LISTED),
    'turned.jpg': withOrientation(jpeg, 6),
    'thumbnail.jpg': withThumbnail(jpeg, jpeg),
    'mpo.jpg': concatBytes(jpeg, jpeg),
    'motion.jpg': concatBytes(jpeg, anMp4()),
    'animated.gif': animation('gif'),
    'animated.webp': animation('webp'),
    ico: iconOf([{ ...DRAWN, png: await encodePng(DRAWN) }, DRAWN]),
    cur: iconOf([DRAWN], 'cursor'),
    svg: utf8(
      '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0h9v9"/></svg>',
    ),
    mp4: anMp4(),
    webm: concatBytes(Uint8Array.of(0x1a, 0x45, 0xdf, 0xa3, 0x84, 0x42, 0x82, 0x84), utf8('webm'), new Uint8Array(200)),
    'deflated.zip': zipOf({ bytes: png }, { bytes: LISTED_FILE }),
    'stored.zip': zipOf({ bytes: jpeg, method: 'stored' }, { bytes: small, hasDescriptor: true }),
    'nested.zip': zipOf({ bytes: await zipOf({ bytes: await zipOf({ bytes: jpeg }) }) }),
    tar: tarOf(png, LISTED_FILE),
    tgz: gzipOf(tarOf(jpeg)),
    gz: gzipOf(png),
    pdf: pdfOf([pdfJpeg(jpeg), await pdfSamples(LISTED)]),
    'attached.pdf': pdfOf([
      { dictionary: '/Type /EmbeddedFile /Filter /FlateDecode', data: await compress(png, 'deflate') },
    ]),
    mp3: concatBytes(utf8('ID3\x04\0\0\0\0\0\0'), jpeg, new Uint8Array(500)),
    text: LISTED_FILE,
    html: utf8('<!doctype html><title>a page</title><p>with text</p>'),
    empty: new Uint8Array(),
  };
  const others = await Promise.all(Object.entries(files).map(async ([name, bytes]) => [name, await bytes] as const));
  return [...fixtures, ...others].map(([name, bytes]) => ({ name, bytes, isListed: SHOW_LISTED.includes(name) }));
}

async function fixture(name: string): Promise<Bytes> {
  const url = import.meta.resolve('@lodestone/sandbox/testing/picture');
  return new Uint8Array(await readFile(fileURLToPath(new URL(`fixtures/${name}`, url))));
}

/** Four frames of noise, of which the first is the listed picture. */
async function animation(format: 'gif' | 'webp'): Promise<Bytes> {
  const frames = [LISTED, ...[2, 3, 4].map((seed) => drawPicture(320, 240, seed))];
  const raw = { width: 320, height: 960, channels: 4 as const, pageHeight: 240 };
  const image = sharp(concatBytes(...frames.map(({ data }) => data)), { raw });
  return new Uint8Array(await (format === 'gif' ? image.gif({ delay: [50, 50, 50, 50] }) : image.webp()).toBuffer());
}
