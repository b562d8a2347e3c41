/** Bad content gets an incomplete verdict with a reason, and the next scan works. Spec: docs/design/contracts.md#verdict */
import { loadPdq } from '@lodestone/pdq';
import { LIMITS, SCAN_LIMITS } from '@lodestone/protocol/limits';
import { printRelease } from '@lodestone/protocol/list-file';
import type { SandboxEvent } from '@lodestone/protocol/sandbox';
import { Verdict } from '@lodestone/protocol/verdict';
import { afterAll, afterEach, beforeAll, expect, inject, test, vi } from 'vitest';
import { encodeBmp, encodeOs2Bmp, encodePng, pngOf } from './encode.ts';
import avif from './fixtures/picture.avif?url';
import gif from './fixtures/picture.gif?url';
import jpeg from './fixtures/picture.jpg?url';
import webp from './fixtures/picture.webp?url';
import progressive from './fixtures/progressive.jpg?url';
import { type Claims, type OpenSandbox, openSandbox, planList, sandboxList } from './open-sandbox.ts';
import { drawPicture } from './picture.ts';

const drawn = drawPicture(320, 240);
let sandbox: OpenSandbox;

beforeAll(async () => {
  sandbox = await openSandbox();
  const { hash } = (await loadPdq()).hash(drawn);
  await sandbox.calls.load(sandboxList('known', printRelease([{ type: 'pdq', entry: 7, payload: hash }])));
});
afterAll(() => sandbox.close());

/** After every case the sandbox still works. */
afterEach(async () => {
  expect(await sandbox.scan(await encodePng(drawn), [planList('known')])).toEqual({
    media: 'image',
    findings: [{ kind: 'known', list: 0, entry: 7, match: 'near', distance: 0 }],
    complete: true,
  });
});

async function scan(content: Uint8Array<ArrayBuffer>, claims?: Claims): Promise<Verdict> {
  const verdict = await sandbox.scan(content, [planList('known')], claims);
  expect(Verdict.safeParse(verdict).success).toBe(true);
  return verdict;
}
function eventsOf(contentId: number): SandboxEvent[] {
  return (sandbox.events as SandboxEvent[]).filter((event) => 'contentId' in event && event.contentId === contentId);
}
const bytesOf = async (url: string): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await (await fetch(url)).arrayBuffer());
/** A GIF of these sides with an image of one pixel. */
function gifOf(width: number, height: number): Uint8Array<ArrayBuffer> {
  const sides = [width, width >> 8, height, height >> 8];
  const screen = [...new TextEncoder().encode('GIF89a'), ...sides, 0x80, 0, 0, 0, 0, 0, 255, 255, 255];
  return Uint8Array.from([...screen, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3b]);
}
/** What is decoded of it may be found. */
const NOT_DECODED = { media: 'image', complete: false, reason: 'decode' };
const incomplete = (media: string, reason: string): object => ({ media, findings: [], complete: false, reason });

test.for([
  ['JPEG', () => bytesOf(jpeg)],
  ['progressive JPEG', () => bytesOf(progressive)],
  ['WebP', () => bytesOf(webp)],
  ['GIF', () => bytesOf(gif)],
  ['AVIF', () => bytesOf(avif)],
  ['BMP', () => Promise.resolve(encodeBmp(drawn))],
  ['PNG', () => encodePng(drawn)],
] as const)('a truncated %s is never complete, wherever it is cut', async ([name, read]) => {
  const whole = await read();
  for (const share of [0.01, 0.1, 0.5, 0.9]) {
    expect(await scan(whole.slice(0, whole.length * share))).toMatchObject(NOT_DECODED);
  }
  expect(await scan(whole.slice(0, name === 'GIF' ? -2 : -1))).toMatchObject(NOT_DECODED);
});

test('a PNG with one changed bit is never complete', async () => {
  const png = await encodePng(drawn);
  for (const share of [0.1, 0.5, 0.9]) {
    const changed = png.slice();
    const at = Math.floor(png.length * share);
    changed[at] = (changed[at] as number) ^ 1;
    expect(await scan(changed)).toMatchObject(NOT_DECODED);
  }
});

test('a damaged picture in a format without checksums is hashed as it is shown, or does not decode', async () => {
  for (const url of [jpeg, webp, gif, avif]) {
    const changed = await bytesOf(url);
    changed.fill(0x55, changed.length * 0.4, changed.length * 0.6);
    const verdict = await scan(changed);
    expect(verdict.media).toBe('image');
    expect(verdict.complete || verdict.reason === 'decode').toBe(true);
  }
});

test('empty content does not decode', async () => {
  expect(await scan(new Uint8Array())).toEqual(incomplete('unknown', 'decode'));
});

test('random bytes, such as ciphertext, have no known format', async () => {
  for (const length of [1, 17, 5_000, 200_000]) {
    const content = new Uint8Array(length);
    for (let at = 0; at < length; at += 65_536) crypto.getRandomValues(content.subarray(at, at + 65_536));
    content.set([0x9d]); // neither a text nor a signature begins with this byte
    expect(await scan(content)).toEqual(incomplete('unknown', 'format'));
  }
});

test('an HTML page is a file, which this plan does not name', async () => {
  const page = new TextEncoder().encode('<!doctype html><script>parent.postMessage(1, "*")</script>');
  expect(await scan(page)).toEqual({ media: 'file', findings: [], complete: true });
});

test('an SVG drawing is a picture that is not decoded', async () => {
  const drawing = new TextEncoder().encode('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>');
  expect(await scan(drawing)).toEqual(incomplete('image', 'format'));
});

test('a picture with too many pixels is too large, and is not decoded', async () => {
  const data = new Uint8Array(100);
  expect(await scan(pngOf(60_000, 60_000, data))).toEqual(incomplete('image', 'too-large'));
  expect(await scan(pngOf(SCAN_LIMITS.longestSide + 1, 1, data))).toEqual(incomplete('image', 'too-large'));
  expect(await scan(pngOf(8_192, 4_097, data))).toEqual(incomplete('image', 'too-large'));
  expect(await scan(gifOf(16_383, 16_383))).toEqual(incomplete('image', 'too-large'));
});

/** As the JPEG's frame header tells it. */
function withSize(file: Uint8Array<ArrayBuffer>, width: number, height: number): Uint8Array<ArrayBuffer> {
  const told = file.slice();
  const frame = told.findIndex((byte, i) => byte === 0xff && told[i + 1] === 0xc0);
  new DataView(told.buffer).setUint16(frame + 5, height);
  new DataView(told.buffer).setUint16(frame + 7, width);
  return told;
}

const JPEG_PIXELS = {
  chromium: SCAN_LIMITS.picturePixels,
  firefox: SCAN_LIMITS.firefoxJpegPixels,
  webkit: LIMITS.bitmapPixels,
};

test('a JPEG of more pixels than the engine decodes in time is too large', async () => {
  for (const [width, height] of [
    [16_385, 16_384],
    [16_384, 8_193],
    [8_193, 8_192],
  ] as const) {
    const verdict = await scan(withSize(await bytesOf(jpeg), width, height));
    const isTooLarge = width * height > JPEG_PIXELS[inject('engine')];
    expect(!verdict.complete && verdict.reason === 'too-large', `${width} × ${height}`).toBe(isTooLarge);
  }
});

test('in WebKit the host is not asked for a picture that is too large, has no header, or would end its process', async () => {
  const refused = [
    pngOf(60_000, 60_000, new Uint8Array(9)),
    withSize(await bytesOf(jpeg), 8_193, 8_192),
    encodeOs2Bmp(drawn, 4),
    (await bytesOf(jpeg)).slice(0, 100),
  ];
  for (const [i, content] of refused.entries()) {
    if (inject('engine') === 'webkit') expect((await scan(content, { contentId: 1_010 + i })).complete).toBe(false);
    expect(eventsOf(1_010 + i).filter(({ type }) => type === 'bitmap-wanted')).toEqual([]);
  }
  await scan(await bytesOf(jpeg), { contentId: 1_020 });
  const asked = eventsOf(1_020).filter(({ type }) => type === 'bitmap-wanted');
  expect(asked).toHaveLength(inject('engine') === 'webkit' ? 1 : 0);
});

test('a picture over the limit is too large, and only its first block is requested', async () => {
  const contentId = 1_004;
  const sizeBytes = LIMITS.contentBytes + 1;
  const png = await encodePng(drawn);
  expect(await scan(png, { contentId, sizeBytes })).toEqual(incomplete('image', 'too-large'));
  await vi.waitFor(() => expect(eventsOf(contentId)).toMatchObject([{ type: 'bytes-wanted', first: 0, count: 1 }]));
});

test('content over the limit of videos is too large, and is not requested', async () => {
  const contentId = 1_001;
  expect(await scan(new Uint8Array(1), { contentId, sizeBytes: LIMITS.videoBytes + 1 })).toEqual(
    incomplete('unknown', 'too-large'),
  );
  await scan(await encodePng(drawn), { contentId: 1_002 });
  await vi.waitFor(() => expect(eventsOf(1_002)).not.toEqual([]), { timeout: 10_000 });
  expect(eventsOf(contentId)).toEqual([]);
});

test('content that ends before its stated size does not decode', async () => {
  const content = await encodePng(drawn);
  expect(content.length).toBeGreaterThan(LIMITS.blockBytes);
  expect(await scan(content, { sizeBytes: content.length + 200_000 })).toEqual(incomplete('image', 'decode'));
  const [block, more] = [content.slice(0, LIMITS.blockBytes - 1), LIMITS.blockBytes];
  expect(await scan(block, { sizeBytes: more })).toEqual(incomplete('unknown', 'decode'));
});

test('blocks are requested in order and in bounded runs, and progress rises', async () => {
  const contentId = 1_003;
  const picture = drawPicture(700, 700, 3);
  for (let i = 0; i < picture.data.length; i += 4) picture.data[i] = (i * 7919) >> 3; // poorly compressible
  const content = await encodePng(picture);
  expect(content.length).toBeGreaterThan(LIMITS.blockBytes * 4);
  await scan(content, { contentId });
  const sixteenths = (): number[] =>
    eventsOf(contentId).flatMap((event) => (event.type === 'progress' ? [event.sixteenths] : []));
  // The two ports are not synchronized: the last progress may arrive after the verdict.
  await vi.waitFor(() => expect(sixteenths().at(-1)).toBe(16), { timeout: 10_000 });
  expect(sixteenths()).toEqual([...new Set(sixteenths())].sort((a, b) => a - b));
  const wanted = eventsOf(contentId).flatMap((event) => (event.type === 'bytes-wanted' ? [event] : []));
  const blocks = wanted.flatMap(({ first, count }) => Array.from({ length: count }, (_, i) => first + i));
  expect(blocks).toEqual(Array.from({ length: Math.ceil(content.length / LIMITS.blockBytes) }, (_, i) => i));
  expect(Math.max(...wanted.map(({ count }) => count))).toBeLessThanOrEqual(LIMITS.blocksWanted);
});
