/** A ZIP behind a picture, which unpackers open whatever is before it, is opened under an order for pictures and files. Spec: docs/detection/files.md#members */
import { concatBytes, utf8 } from '@lodestone/protocol/bytes';
import type { Verdict } from '@lodestone/protocol/verdict';
import { expect, test } from 'vitest';
import { zipOf } from './containers.ts';
import { encodeBmp, encodePng, iconOf } from './encode.ts';
import { drawPicture } from './picture.ts';
import { type Bytes, listed, pixelsOf, scanWithStubs, type Stubs } from './scan-with-stubs.ts';

const unlisted = drawPicture(32, 24, 2);
const png = await encodePng(unlisted);
const gif = utf8('GIF89a\x01\0\x01\0\0\0\0;');
const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xdb, 0, 3, 1, 0xff, 0xd9);
const icon = iconOf([{ ...unlisted, png }]);
const member = await encodePng(listed);
const archive = await zipOf({ bytes: member });

/** The stubs show the listed picture for the archive's member, and another one for all else. */
function scanned(content: Bytes, stubs: Partial<Stubs> = {}): Promise<Verdict> {
  const looksOf = ({ length }: Bytes) => ({ pixels: pixelsOf(length === member.length ? listed : unlisted) });
  return scanWithStubs(content, { looksOf, bucket: 0, ...stubs });
}
const found = {
  media: 'image',
  complete: true,
  findings: [{ kind: 'known', list: 0, entry: 7, match: 'part', distance: 0 }],
};
const clear = { media: 'image', complete: true, findings: [] };

test.for<[string, Bytes]>([
  ['JPEG', jpeg],
  ['PNG', png],
  ['GIF', gif],
  ['BMP', encodeBmp(unlisted)],
  ['icon', icon],
])('behind a %s', async ([, picture]) => {
  expect(await scanned(picture)).toEqual(clear);
  expect(await scanned(concatBytes(picture, archive))).toEqual(found);
});

test('what it holds and is not opened leaves the check incomplete', async () => {
  const ciphertext = { bytes: Uint8Array.of(0x9d, 1, 2, 3, 0xff, 0) };
  const { findings } = found;
  expect(await scanned(concatBytes(png, await zipOf(ciphertext, { bytes: member })))).toEqual({
    media: 'image',
    findings,
    complete: false,
    reason: 'format',
  });
});

test('under an order for pictures alone it is not opened', async () => {
  expect(await scanned(concatBytes(png, archive), { media: ['image'] })).toEqual(clear);
});

test('if the containers part does not run, a picture with an archive behind it is incomplete, and any other one is not', async () => {
  const containers = { run: async () => undefined };
  expect(await scanned(png, { containers })).toEqual(clear);
  expect(await scanned(concatBytes(png, archive), { containers })).toMatchObject({ complete: false, reason: 'format' });
});
