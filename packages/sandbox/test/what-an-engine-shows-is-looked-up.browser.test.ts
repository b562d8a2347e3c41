/**
 * Format × engine × outcome. What an <img> shows in this engine is the oracle: the sandbox finds its hash, or the verdict is incomplete.
 * Spec: docs/design/hashing.md#formats
 */
import { loadPdq, type Pdq } from '@lodestone/pdq';
import { concatBytes, utf8 } from '@lodestone/protocol/bytes';
import { type ListRecord, printRelease } from '@lodestone/protocol/list-file';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import {
  encodeBmp,
  encodeOs2Bmp,
  encodeOs2FirstBmp,
  encodePng,
  iconOf,
  type IconPicture,
  withBadText,
  withOrientation,
  withPngOrientation,
} from './encode.ts';
import arithmetic from './fixtures/arithmetic.jpg?url';
import cmyk from './fixtures/cmyk.jpg?url';
import cropped from './fixtures/cropped.avif?url';
import grey from './fixtures/grey.png?url';
import mirrored from './fixtures/mirrored.avif?url';
import palette from './fixtures/palette.png?url';
import avif from './fixtures/picture.avif?url';
import gif from './fixtures/picture.gif?url';
import jpeg from './fixtures/picture.jpg?url';
import tiff from './fixtures/picture.tiff?url';
import webp from './fixtures/picture.webp?url';
import progressive from './fixtures/progressive.jpg?url';
import sixteenBits from './fixtures/sixteen-bits.png?url';
import turnedAvif from './fixtures/turned.avif?url';
import turnedWebp from './fixtures/turned.webp?url';
import { type FormatCase, FORMAT_OUTCOMES, type Outcome, outcomeIn } from './format-outcomes.ts';
import { type OpenSandbox, openSandbox, planList, sandboxList } from './open-sandbox.ts';
import { drawPicture, type Rgba } from './picture.ts';

type Bytes = Uint8Array<ArrayBuffer>;
const fetched = async (url: string): Promise<Bytes> => new Uint8Array(await (await fetch(url)).arrayBuffer());
const drawn = drawPicture(320, 240);
const drawn64 = drawPicture(64, 64);
const large = drawPicture(900, 620, 3);
const cut = async (url: string, bytes: number): Promise<Bytes> => (await fetched(url)).slice(0, -bytes);
const svg = (text: string) => (): Promise<Bytes> => Promise.resolve(utf8(text).slice());

const FORMATS: readonly (readonly [name: FormatCase, type: string, () => Promise<Bytes>])[] = [
  ['JPEG', 'image/jpeg', () => fetched(jpeg)],
  ['progressive JPEG', 'image/jpeg', () => fetched(progressive)],
  ['CMYK JPEG', 'image/jpeg', () => fetched(cmyk)],
  ['arithmetic JPEG', 'image/jpeg', () => fetched(arithmetic)],
  ['JPEG without its end', 'image/jpeg', () => cut(jpeg, 2)],
  ['progressive JPEG without its last third', 'image/jpeg', () => cut(progressive, 4_000)],
  [
    'JPEG with stray bytes and a restart marker before its end',
    'image/jpeg',
    () => withStray([1, 2, 3, 0xff, 0xd3], 2),
  ],
  ['JPEG with a reserved marker in its pixels', 'image/jpeg', () => withStray([0xff, 0xbf], 40)],
  ['large JPEG, turned', 'image/jpeg', async () => withOrientation(await encodeJpeg(large), 7)],
  ['PNG', 'image/png', () => encodePng(drawn)],
  ['grey PNG', 'image/png', () => fetched(grey)],
  ['PNG of 16 bits', 'image/png', () => fetched(sixteenBits)],
  ['PNG with a palette', 'image/png', () => fetched(palette)],
  ['PNG, turned', 'image/png', async () => withPngOrientation(await encodePng(drawn), 6)],
  ['large PNG, turned', 'image/png', async () => withPngOrientation(await encodePng(large), 7)],
  ['PNG with a wrong checksum of a text', 'image/png', async () => withBadText(await encodePng(drawn))],
  ['PNG without its end', 'image/png', async () => (await encodePng(drawn)).slice(0, -12)],
  ['PNG cut in its pixels', 'image/png', async () => (await encodePng(drawn)).slice(0, -40_000)],
  ['PNG of stripes', 'image/png', () => encodePng(stripes())],
  ['PNG, symmetric', 'image/png', () => encodePng(symmetric())],
  ['GIF', 'image/gif', () => fetched(gif)],
  ['GIF without a trailer', 'image/gif', () => cut(gif, 1)],
  ['GIF cut in its pixels', 'image/gif', () => cut(gif, 3_000)],
  ['WebP', 'image/webp', () => fetched(webp)],
  ['WebP with EXIF, which says that it is turned', 'image/webp', () => fetched(turnedWebp)],
  ['WebP without its last third', 'image/webp', () => cut(webp, 3_000)],
  ['AVIF', 'image/avif', () => fetched(avif)],
  ['AVIF with bytes behind its boxes', 'image/avif', async () => concatBytes(await fetched(avif), utf8('no box'))],
  ['AVIF without its last third', 'image/avif', () => cut(avif, 1_500)],
  ['cropped AVIF', 'image/avif', () => fetched(cropped)],
  ['turned AVIF', 'image/avif', () => fetched(turnedAvif)],
  ['mirrored AVIF', 'image/avif', () => fetched(mirrored)],
  ['BMP', 'image/bmp', async () => encodeBmp(drawn)],
  ['BMP of OS/2', 'image/bmp', async () => encodeOs2FirstBmp(drawn)],
  ['BMP with rows from top to bottom', 'image/bmp', async () => topDown(encodeBmp(drawn))],
  // Chromium shows it without its last row.
  ['BMP without its last padding', 'image/bmp', async () => encodeBmp(drawPicture(205, 140)).slice(0, -1)],
  ['BMP cut in its pixels', 'image/bmp', async () => encodeBmp(drawn).slice(0, -90_000)],
  ['BMP with runs of OS/2', 'image/bmp', async () => encodeOs2Bmp(drawPicture(160, 120), 4)],
  ['BMP with Huffman codes of OS/2', 'image/bmp', async () => encodeOs2Bmp(drawPicture(16, 12), 3)],
  ['icon with a PNG', 'image/x-icon', async () => iconOf([await pngIn(drawn64)])],
  ['icon with a bitmap', 'image/x-icon', async () => iconOf([drawn64])],
  ['icon with a bitmap and its mask', 'image/x-icon', async () => iconOf([{ ...drawn64, hidden: 20 }])],
  [
    'icon of three sizes',
    'image/x-icon',
    async () => iconOf([drawPicture(16, 16, 3), drawn64, await pngIn(drawPicture(48, 48, 2))]),
  ],
  ['icon cut in its mask', 'image/x-icon', async () => iconOf([drawn64]).slice(0, -200)],
  ['cursor', 'image/x-icon', async () => iconOf([await pngIn(drawn64)], 'cursor')],
  ['TIFF', 'image/tiff', () => fetched(tiff)],
  ['SVG', 'image/svg+xml', svg('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')],
  [
    'SVG with entities',
    'image/svg+xml',
    svg('<!DOCTYPE svg [<!ENTITY a "b">]><s:svg xmlns:s="http://www.w3.org/2000/svg"/>'),
  ],
];

let pdq: Pdq;
let sandbox: OpenSandbox;
beforeAll(async () => {
  pdq = await loadPdq();
  sandbox = await openSandbox();
});
afterAll(() => sandbox.close());

test('each row of the table has a file', () => {
  expect(FORMATS.map(([name]) => name)).toEqual(Object.keys(FORMAT_OUTCOMES));
});

test.for(FORMATS)('%s', async ([name, type, read]) => {
  const content = await read();
  const expected = outcomeIn(inject('engine'), name);
  // The page's own decoder must not meet what ends WebKit's process.
  const isDangerous = inject('engine') === 'webkit' && type === 'image/bmp' && expected === 'decode';
  const shown = isDangerous ? undefined : await shownBy(content, type);
  await load(shown ? [{ type: 'pdq', entry: 1, payload: pdq.hash(shown).hash }] : []);
  const { media, findings, ...rest } = await sandbox.scan(content, [
    planList('shown', { maxDistance: farthest(expected), minQuality: 0 }),
  ]);
  expect(media).toBe('image');
  const [isFound, reason] = [findings.length > 0, 'reason' in rest ? rest.reason : undefined];
  const outcome = isFound ? (rest.complete ? 'found' : 'part') : rest.complete ? 'clear' : reason;
  expect(outcome).toBe(expected);
});

test('white on transparent is found as it is shown on black, and its twin in black as it is shown on white', async () => {
  for (const [value, background] of [
    [255, 0],
    [0, 255],
  ] as const) {
    const picture = drawPicture(320, 240, 5);
    const shown = drawPicture(320, 240, 5);
    for (let i = 0; i < picture.data.length; i += 4) {
      const alpha = picture.data[i] as number;
      picture.data.set([value, value, value, alpha], i);
      shown.data.fill(Math.round((value * alpha + background * (255 - alpha)) / 255), i, i + 3);
    }
    await load([{ type: 'pdq', entry: 1, payload: pdq.hash(shown).hash }]);
    const verdict = await sandbox.scan(await encodePng(picture), [planList('shown', { maxDistance: 4 })]);
    expect(verdict).toMatchObject({ complete: true, findings: [{ entry: 1 }] });
  }
});

/** WebKit's <img> leaves the last row of blocks of a cut JPEG white; the end that the host appends lets it decode that row too. */
function farthest(expected: Outcome): number {
  return inject('engine') === 'webkit' && expected === 'part' ? 24 : 4;
}

async function load(records: ListRecord[]): Promise<void> {
  await sandbox.calls.load(sandboxList('shown', printRelease(records)));
}

/** What an <img> shows of it on a white page; undefined if that is nothing. */
async function shownBy(content: Bytes, type: string): Promise<Rgba | undefined> {
  const image = new Image();
  const url = URL.createObjectURL(new Blob([content], { type }));
  const ended = new Promise<boolean>((resolve) => {
    image.addEventListener('load', () => resolve(true));
    image.addEventListener('error', () => resolve(false));
  });
  image.src = url;
  const isShown = await ended;
  URL.revokeObjectURL(url);
  const { naturalWidth: width, naturalHeight: height } = image;
  if (!isShown || width === 0) return undefined;
  const context = new OffscreenCanvas(width, height).getContext('2d');
  if (!context) throw new Error('no canvas');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, height);
  context.drawImage(image, 0, 0);
  const data = new Uint8Array(context.getImageData(0, 0, width, height).data.buffer);
  return data.every((value) => value === 255) ? undefined : { width, height, data };
}

/** With this engine's encoder. */
async function encodeJpeg({ width, height, data }: Rgba): Promise<Bytes> {
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')?.putImageData(new ImageData(new Uint8ClampedArray(data.buffer), width, height), 0, 0);
  const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 });
  return new Uint8Array(await blob.arrayBuffer());
}

async function withStray(stray: number[], beforeEnd: number): Promise<Bytes> {
  const bytes = await fetched(jpeg);
  return concatBytes(bytes.subarray(0, -beforeEnd), Uint8Array.from(stray), bytes.subarray(-beforeEnd));
}

function stripes(): Rgba {
  const picture = drawPicture(900, 600);
  for (let i = 0; i < picture.data.length; i += 4)
    picture.data.fill(Math.floor(((i / 4) % 900) / 20) % 2 ? 230 : 20, i, i + 3);
  return picture;
}

function symmetric(): Rgba {
  const picture = drawPicture(700, 560, 6);
  const pixels = new Uint32Array(picture.data.buffer);
  for (let at = 0; at < pixels.length; at++)
    pixels[at] = pixels[at - (at % 700) + Math.min(at % 700, 699 - (at % 700))] as number;
  return picture;
}

async function pngIn(picture: Rgba): Promise<IconPicture> {
  return { ...picture, png: await encodePng(picture) };
}

/** A negative height: the first row is the upper one. The picture is mirrored, so that the rows stay where they are. */
function topDown(bmp: Bytes): Bytes {
  const bytes = bmp.slice();
  const view = new DataView(bytes.buffer);
  view.setInt32(22, -view.getInt32(22, true), true);
  return bytes;
}
