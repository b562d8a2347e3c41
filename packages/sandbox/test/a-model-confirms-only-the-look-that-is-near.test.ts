/**
 * A match is `near`, which a model may confirm, only if the content has one look and that look is near. Otherwise a near thumbnail,
 * background or frame could be joined with what a model found in another. Spec: docs/design/contracts.md#verdict
 */
import type { AnyDigest } from '@lodestone/testkit/digests';
import { loadPdq } from '@lodestone/pdq';
import { concatBytes } from '@lodestone/protocol/bytes';
import { LIMITS } from '@lodestone/protocol/limits';
import { printRelease } from '@lodestone/protocol/list-file';
import type { Verdict } from '@lodestone/protocol/verdict';
import { expect, test } from 'vitest';
import type { Pixels } from '../src/decode/pixels.ts';
import { Lists } from '../src/scanner/lists.ts';
import { scan } from '../src/scanner/scan.ts';
import { withThumbnail, zipOf } from './containers.ts';
import { encodeApng, encodePng } from './encode.ts';
import { drawPicture } from './picture.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const FILE = 'a'.repeat(64) as AnyDigest;
const listed = drawPicture(64, 48);
const other = drawPicture(64, 48, 2);
const pixelsOf = ({ width, height, data }: typeof listed): Pixels => ({
  width,
  height,
  data: new Uint8ClampedArray(data),
});
const pdq = await loadPdq();
const lists = new Lists(pdq);
const { buffer: file } = printRelease([{ type: 'pdq', entry: 7, payload: pdq.hash(listed).hash }]);
lists.load({ fileDigest: FILE, file, suppressed: new Uint32Array() });
const line = {
  fileDigest: FILE,
  media: ['image', 'file'] as ('image' | 'file')[],
  maxDistance: 31,
  minQuality: 0,
  variants: [],
};
const model = { manifestDigest: 'd'.repeat(64) as AnyDigest, minBucket: 8 };

/** Stands for an engine's decoder and for a model that finds something in every picture. */
async function scanAs(
  content: Bytes,
  looksOf: (bytes: Bytes) => { pixels: Pixels; onBlack?: Pixels },
  laterFrames: readonly Pixels[] = [],
): Promise<Verdict> {
  return scan(
    { contentId: 1, sizeBytes: content.length, plan: { lists: [line], models: [model] } },
    {
      pdq,
      lists,
      decoder: {
        needsBitmap: false,
        decode: async ({ bytes }) => {
          const looks = looksOf(bytes);
          return { ...looks, full: looks.pixels, isWhole: true };
        },
        decodeAtFullSize: async () => undefined,
      },
      decodeLaterFrames: async (_, onFrame) => {
        for (const [i, frame] of laterFrames.entries()) await onFrame(frame, i + 1, laterFrames.length + 1);
        return undefined;
      },
      parts: { run: async () => 9 },
      bitmaps: { request: async () => undefined },
      reader: { read: async (_, first) => content.slice(first * LIMITS.blockBytes) },
      send: () => undefined,
    },
  );
}
const kindsIn = ({ findings }: Verdict): (string | undefined)[] =>
  findings.map((finding) => (finding.kind === 'known' ? finding.match : finding.kind));

const jpeg = (mark: number): Bytes => Uint8Array.of(0xff, 0xd8, 0xff, 0xdb, 0, 4, mark, mark, 0xff, 0xd9);

test('a picture with one look that is near is `near`', async () => {
  expect(kindsIn(await scanAs(await encodePng(listed), () => ({ pixels: pixelsOf(listed) })))).toEqual([
    'sensitive',
    'near',
  ]);
});

test('a thumbnail that is near, in another picture, is a part', async () => {
  const looksOf = (bytes: Bytes) => ({ pixels: pixelsOf(bytes.length === jpeg(9).length ? listed : other) });
  expect(kindsIn(await scanAs(withThumbnail(jpeg(1), jpeg(9)), looksOf))).toEqual(['sensitive', 'part']);
});

test('a picture behind another one that is near is a part', async () => {
  const looksOf = (bytes: Bytes) => ({ pixels: pixelsOf(bytes.length === jpeg(9).length ? listed : other) });
  expect(kindsIn(await scanAs(concatBytes(jpeg(1), jpeg(9)), looksOf))).toEqual(['sensitive', 'part']);
});

test('a picture that is near stays `near`, although its thumbnail is nearer', async () => {
  const nearly = pixelsOf(listed);
  for (let at = 0; at < 64 * 6 * 4; at++) nearly.data[at] = 255;
  const looksOf = (bytes: Bytes) => ({ pixels: bytes.length === jpeg(9).length ? pixelsOf(listed) : { ...nearly } });
  const verdict = await scanAs(withThumbnail(jpeg(1), jpeg(9)), looksOf);
  expect(verdict.findings).toMatchObject([{}, { match: 'near', distance: expect.any(Number) as number }]);
  expect((verdict.findings[1] as { distance: number }).distance).toBeGreaterThan(0);
});

test.each([
  ['white', { pixels: listed, onBlack: other }],
  ['black', { pixels: other, onBlack: listed }],
  ['each background', { pixels: listed, onBlack: listed }],
])('a picture with transparent parts that is near on %s is a part', async (_, { pixels, onBlack }) => {
  const looks = { pixels: pixelsOf(pixels), onBlack: pixelsOf(onBlack) };
  expect(kindsIn(await scanAs(await encodePng(listed), () => looks))).toEqual(['sensitive', 'part']);
});

test.each([
  ['the first frame', listed, other],
  ['a later frame', other, listed],
])('an animation of which %s is near is a part', async (_, first, later) => {
  const content = await encodeApng([first, later]);
  expect(kindsIn(await scanAs(content, () => ({ pixels: pixelsOf(first) }), [pixelsOf(later)]))).toEqual([
    'sensitive',
    'part',
  ]);
});

test('a picture in a file is a part', async () => {
  const content = await zipOf({ bytes: await encodePng(listed) });
  expect(kindsIn(await scanAs(content, () => ({ pixels: pixelsOf(listed) })))).toEqual(['part']);
});
