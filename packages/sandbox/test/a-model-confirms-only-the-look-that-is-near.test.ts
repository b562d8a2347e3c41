/**
 * A match is `near`, which a model may confirm, only if the content has one look and that look is near. Otherwise a near thumbnail,
 * background or frame could be joined with what a model found in another. Spec: docs/design/contracts.md#verdict
 */
import { concatBytes } from '@lodestone/protocol/bytes';
import type { Verdict } from '@lodestone/protocol/verdict';
import { expect, test } from 'vitest';
import { withThumbnail, zipOf } from './containers.ts';
import { encodeApng, encodePng } from './encode.ts';
import { drawPicture } from './picture.ts';
import { type Bytes, listed, pixelsOf, scanWithStubs } from './scan-with-stubs.ts';

const other = drawPicture(64, 48, 2);
const kindsIn = ({ findings }: Verdict): (string | undefined)[] =>
  findings.map((finding) => (finding.kind === 'known' ? finding.match : finding.kind));

const jpeg = (mark: number): Bytes => Uint8Array.of(0xff, 0xd8, 0xff, 0xdb, 0, 4, mark, mark, 0xff, 0xd9);

test('a picture with one look that is near is `near`', async () => {
  expect(
    kindsIn(await scanWithStubs(await encodePng(listed), { looksOf: () => ({ pixels: pixelsOf(listed) }) })),
  ).toEqual(['sensitive', 'near']);
});

test('a thumbnail that is near, in another picture, is a part', async () => {
  const looksOf = (bytes: Bytes) => ({ pixels: pixelsOf(bytes.length === jpeg(9).length ? listed : other) });
  expect(kindsIn(await scanWithStubs(withThumbnail(jpeg(1), jpeg(9)), { looksOf }))).toEqual(['sensitive', 'part']);
});

test('a picture behind another one that is near is a part', async () => {
  const looksOf = (bytes: Bytes) => ({ pixels: pixelsOf(bytes.length === jpeg(9).length ? listed : other) });
  expect(kindsIn(await scanWithStubs(concatBytes(jpeg(1), jpeg(9)), { looksOf }))).toEqual(['sensitive', 'part']);
});

test('a picture that is near stays `near`, although its thumbnail is nearer', async () => {
  const nearly = pixelsOf(listed);
  for (let at = 0; at < 64 * 6 * 4; at++) nearly.data[at] = 255;
  const looksOf = (bytes: Bytes) => ({ pixels: bytes.length === jpeg(9).length ? pixelsOf(listed) : { ...nearly } });
  const verdict = await scanWithStubs(withThumbnail(jpeg(1), jpeg(9)), { looksOf });
  expect(verdict.findings).toMatchObject([{}, { match: 'near', distance: expect.any(Number) as number }]);
  expect((verdict.findings[1] as { distance: number }).distance).toBeGreaterThan(0);
});

test.each([
  ['white', { pixels: listed, onBlack: other }],
  ['black', { pixels: other, onBlack: listed }],
  ['each background', { pixels: listed, onBlack: listed }],
])('a picture with transparent parts that is near on %s is a part', async (_, { pixels, onBlack }) => {
  const looks = { pixels: pixelsOf(pixels), onBlack: pixelsOf(onBlack) };
  expect(kindsIn(await scanWithStubs(await encodePng(listed), { looksOf: () => looks }))).toEqual([
    'sensitive',
    'part',
  ]);
});

test.each([
  ['the first frame', listed, other],
  ['a later frame', other, listed],
])('an animation of which %s is near is a part', async (_, first, later) => {
  const content = await encodeApng([first, later]);
  expect(
    kindsIn(
      await scanWithStubs(content, { looksOf: () => ({ pixels: pixelsOf(first) }), laterFrames: [pixelsOf(later)] }),
    ),
  ).toEqual(['sensitive', 'part']);
});

test('a picture in a file is a part', async () => {
  const content = await zipOf({ bytes: await encodePng(listed) });
  expect(kindsIn(await scanWithStubs(content, { looksOf: () => ({ pixels: pixelsOf(listed) }) }))).toEqual(['part']);
});
