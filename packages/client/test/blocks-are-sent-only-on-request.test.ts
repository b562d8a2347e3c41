/** The block feeder: which bytes go to the sandbox, and when. Spec: docs/design/contracts.md#sandbox-messages */
import {
  type BitmapMessage,
  type BitmapSize,
  type BytesMessage,
  LIMITS,
  type PictureFormat,
  type SandboxEvent,
  utf8,
} from '@lodestone/protocol';
import { afterEach, expect, test, vi } from 'vitest';
import { createBlockFeeder } from '../src/content/block-feeder.ts';

const CONTENT_ID = 7;
const JPEG = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0);
const SIZE = 2 * LIMITS.blockBytes + 10;

function aFeeder(content = new Blob([new Uint8Array(SIZE)]), cancelled?: AbortSignal) {
  const sent: BytesMessage[] = [];
  const bitmaps: BitmapMessage[] = [];
  const progress: number[] = [];
  const feeder = createBlockFeeder({
    content,
    contentId: CONTENT_ID,
    cancelled,
    send: (message) => (message.type === 'bytes' ? sent.push(message) : bitmaps.push(message)),
    progress: (sixteenths) => progress.push(sixteenths),
  });
  const request = (first: number, count: number, contentId = CONTENT_ID): void =>
    feeder.receive({ type: 'bytes-wanted', contentId, first, count });
  const report = (sixteenths: number, contentId = CONTENT_ID): void =>
    feeder.receive({ type: 'progress', contentId, sixteenths } satisfies SandboxEvent);
  return { feeder, sent, bitmaps, progress, request, report };
}
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

test('nothing is sent without a request', async () => {
  const { sent } = aFeeder();
  await settle();
  expect(sent).toEqual([]);
});
test('a request gets its blocks: fewer bytes at the end, none after it', async () => {
  const { sent, request } = aFeeder();
  request(0, 1);
  request(1, 16);
  request(5, 1);
  await settle();
  expect(sent.map(({ first, bytes }) => [first, bytes.byteLength])).toEqual([
    [0, LIMITS.blockBytes],
    [1, SIZE - LIMITS.blockBytes],
    [5, 0],
  ]);
});
test('once the check is aborted, requests get no bytes, so that the scan ends', async () => {
  const aborted = new AbortController();
  const { sent, request } = aFeeder(undefined, aborted.signal);
  request(0, 1);
  await settle();
  aborted.abort();
  request(1, 1);
  await settle();
  expect(sent.map(({ bytes }) => bytes.byteLength)).toEqual([LIMITS.blockBytes, 0]);
});
test('a read that never ends is over once the check is aborted', async () => {
  const aborted = new AbortController();
  const content = new Blob(['x']);
  content.slice = () =>
    Object.assign(new Blob(['x']), { arrayBuffer: () => new Promise<ArrayBuffer>(() => undefined) });
  const { sent, request } = aFeeder(content, aborted.signal);
  request(0, 1);
  await settle();
  expect(sent).toEqual([]);
  aborted.abort();
  await settle();
  expect(sent.map(({ bytes }) => bytes.byteLength)).toEqual([0]);
});
test('a file that can no longer be read gives no bytes', async () => {
  const content = new Blob(['x']);
  content.slice = () => Object.assign(new Blob(['x']), { arrayBuffer: () => Promise.reject(new Error('moved')) });
  const { sent, request } = aFeeder(content);
  request(0, 1);
  await settle();
  expect(sent.map(({ bytes }) => bytes.byteLength)).toEqual([0]);
});
test('requests of another item, or after the stop, get no answer', async () => {
  const { feeder, sent, progress, request, report } = aFeeder();
  request(0, 1, CONTENT_ID + 1);
  report(3, CONTENT_ID + 1);
  request(0, 1);
  feeder.stop(); // while the block is read
  request(1, 1);
  report(4);
  await settle();
  expect(sent).toEqual([]);
  expect(progress).toEqual([]);
});
test('progress only rises', () => {
  const { progress, report } = aFeeder();
  for (const sixteenths of [2, 1, 2, 5, 16, 3]) report(sixteenths);
  expect(progress).toEqual([2, 5, 16]);
});

/** A bitmap of this size, in place of the engine's decoder. */
function decoderOf(width: number, height: number) {
  const close = vi.fn();
  const made = vi.fn((_: unknown, to?: ImageBitmapOptions) =>
    Promise.resolve({ width: to?.resizeWidth ?? width, height: to?.resizeHeight ?? height, close }),
  );
  vi.stubGlobal('createImageBitmap', made);
  return { made, close };
}
afterEach(() => vi.unstubAllGlobals());

test('no picture is decoded without a request', async () => {
  const { made } = decoderOf(10, 10);
  const { request } = aFeeder();
  request(0, 1);
  await settle();
  expect(made).not.toHaveBeenCalled();
});
test('a picture is decoded with its format’s end, and each side is reduced on its own unless all pixels are wanted', async () => {
  const { made, close } = decoderOf(5_000, 1_000);
  const { feeder, bitmaps } = aFeeder(new Blob([JPEG]));
  feeder.receive({ type: 'bitmap-wanted', contentId: CONTENT_ID, format: 'image/jpeg', size: 'reduced' });
  feeder.receive({ type: 'bitmap-wanted', contentId: CONTENT_ID, format: 'image/jpeg', size: 'full' });
  await settle();
  const [blob] = made.mock.calls[0] as [Blob];
  expect(blob.type).toBe('image/jpeg');
  expect([...new Uint8Array(await blob.arrayBuffer())].slice(-2)).toEqual([0xff, 0xd9]);
  expect(bitmaps).toMatchObject([
    {
      contentId: CONTENT_ID,
      picture: { bitmap: { width: LIMITS.bitmapSide, height: 1_000 }, width: 5_000, height: 1_000 },
    },
    { contentId: CONTENT_ID, picture: { bitmap: { width: 5_000, height: 1_000 }, width: 5_000, height: 1_000 } },
  ]);
  expect(close).toHaveBeenCalledTimes(1); // the one that was reduced
});
test('a picture that is hashed exactly keeps its pixels', async () => {
  decoderOf(5_000, 200);
  const { feeder, bitmaps } = aFeeder(new Blob([JPEG]));
  feeder.receive({ type: 'bitmap-wanted', contentId: CONTENT_ID, format: 'image/jpeg', size: 'reduced' });
  await settle();
  expect(bitmaps).toMatchObject([{ picture: { bitmap: { width: 5_000, height: 200 }, width: 5_000, height: 200 } }]);
});
test('a picture that the engine does not decode gets an answer without a bitmap', async () => {
  vi.stubGlobal('createImageBitmap', () => Promise.reject(new Error('InvalidStateError')));
  const { feeder, bitmaps } = aFeeder(new Blob([JPEG]));
  feeder.receive({ type: 'bitmap-wanted', contentId: CONTENT_ID, format: 'image/jpeg', size: 'reduced' });
  await settle();
  expect(bitmaps).toEqual([{ type: 'bitmap', contentId: CONTENT_ID }]);
});
test.each<[string, PictureFormat, Uint8Array<ArrayBuffer>]>([
  ['text', 'image/png', utf8('plain text, no picture')],
  ['no bytes', 'image/bmp', new Uint8Array(0)],
  ['a JPEG', 'image/avif', JPEG],
  ['a GIF', 'image/bmp', utf8('GIF89a')],
  ['a RIFF file that is no WebP', 'image/webp', utf8('RIFF1234WAVE')],
])('%s is not decoded, although the sandbox requests it as %s', async (_, format, bytes) => {
  const { made } = decoderOf(10, 10);
  const { feeder, bitmaps } = aFeeder(new Blob([bytes]));
  feeder.receive({ type: 'bitmap-wanted', contentId: CONTENT_ID, format, size: 'full' });
  await settle();
  expect(made).not.toHaveBeenCalled();
  expect(bitmaps).toEqual([{ type: 'bitmap', contentId: CONTENT_ID }]);
});
test.each<[PictureFormat, Uint8Array<ArrayBuffer>]>([
  ['image/png', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)],
  ['image/gif', utf8('GIF87a')],
  ['image/gif', utf8('GIF89a')],
  ['image/webp', utf8('RIFF1234WEBP')],
  ['image/avif', utf8('1234ftypavif')],
  ['image/bmp', utf8('BM')],
])('a picture that begins like %s is decoded', async (format, bytes) => {
  decoderOf(10, 10);
  const { feeder, bitmaps } = aFeeder(new Blob([bytes]));
  feeder.receive({ type: 'bitmap-wanted', contentId: CONTENT_ID, format, size: 'reduced' });
  await settle();
  expect(bitmaps).toMatchObject([{ picture: { width: 10, height: 10 } }]);
});
test.each<[width: number, height: number, size: BitmapSize, isSent: boolean]>([
  [LIMITS.pictureSide, LIMITS.bitmapPixels / LIMITS.pictureSide, 'reduced', true],
  [8_192, 8_192, 'reduced', true],
  [8_193, 8_192, 'reduced', false],
  [LIMITS.pictureSide + 1, 1, 'reduced', false],
  [1, LIMITS.pictureSide + 1, 'full', false],
  [4_096, 4_096, 'full', true],
  [4_097, 4_096, 'full', false],
])('of a picture of %i × %i pixels a %s bitmap is handed out: %s', async (width, height, size, isSent) => {
  const { close } = decoderOf(width, height);
  const { feeder, bitmaps } = aFeeder(new Blob([JPEG]));
  feeder.receive({ type: 'bitmap-wanted', contentId: CONTENT_ID, format: 'image/jpeg', size });
  await settle();
  expect(bitmaps.map(({ picture }) => picture !== undefined)).toEqual([isSent]);
  expect(close).toHaveBeenCalledTimes(isSent && size === 'full' ? 0 : 1);
});
test('a bitmap that is made after the stop is closed', async () => {
  const { close } = decoderOf(10, 10);
  const { feeder, bitmaps } = aFeeder(new Blob([JPEG]));
  feeder.receive({ type: 'bitmap-wanted', contentId: CONTENT_ID, format: 'image/jpeg', size: 'reduced' });
  await Promise.resolve();
  feeder.stop();
  await settle();
  expect(bitmaps).toEqual([]);
  expect(close).toHaveBeenCalled();
});
