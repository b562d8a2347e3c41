/** A file that browsers play is looked at as a video, also if it begins as a picture or as another file does. Spec: docs/detection/videos.md#disguised-videos */
import { concatBytes, utf8 } from '@lodestone/protocol/bytes';
import type { Media } from '@lodestone/protocol/surface';
import { expect, test } from 'vitest';
import { sniff } from '../src/decode/sniff.ts';
import { zipOf } from './containers.ts';
import { iconOf } from './encode.ts';
import { drawPicture } from './picture.ts';
import { type Bytes, pixelsOf, scanWithStubs } from './scan-with-stubs.ts';

/** With 24 bytes of its own. */
function box(type: string, ...brands: string[]): Bytes {
  const body = utf8(brands.join('\0\0\0\0') || ' '.repeat(16));
  return concatBytes(Uint8Array.of(0, 0, 0, body.length + 8), utf8(type), body);
}
const movie = box('moov');
/** In a box of 256 bytes, whose length and type are the beginning of an icon. */
const icon = new Uint8Array(256);
icon.set(iconOf([drawPicture(4, 4)]).subarray(0, 256));
/** In a box with a length of 64 bits. */
const folderSettings = concatBytes(Uint8Array.of(0, 0, 0, 1), utf8('Bud1\0\0\0\0\0\0\0\x18'), new Uint8Array(8));

/** The verdict if the video part, which does not run here, is needed: `codec`. */
async function reasonOf(content: Bytes, media: Media[] = ['image', 'video', 'file']): Promise<string | undefined> {
  const looksOf = () => ({ pixels: pixelsOf(drawPicture(32, 24, 2)) });
  const verdict = await scanWithStubs(content, { looksOf, bucket: 0, media });
  return verdict.complete ? undefined : verdict.reason;
}

test.for<[string, Bytes]>([
  ['AVIF', concatBytes(box('ftyp', 'avif', 'mp41'), box('meta'))],
  ['an icon', icon],
  ['the settings of a folder', folderSettings],
])('%s with a movie', async ([, start]) => {
  expect(await reasonOf(concatBytes(start, new Uint8Array()))).not.toBe('codec');
  expect(await reasonOf(concatBytes(start, box('free'), movie))).toBe('codec');
  expect(await reasonOf(concatBytes(start, box('free'), movie), ['image', 'file'])).not.toBe('codec');
  expect(await reasonOf(await zipOf({ bytes: concatBytes(start, movie) }))).toBe('codec');
});

test('a video behind the tags of a sound file, which WebKitGTK plays', async () => {
  const tag = concatBytes(utf8('ID3\x04\0\0\0\0\x01\x02'), new Uint8Array(130)); // 7 bits of each byte count
  const webm = concatBytes(Uint8Array.of(0x1a, 0x45, 0xdf, 0xa3), new Uint8Array(40));
  expect(await reasonOf(concatBytes(tag, webm))).toBe('codec');
  expect(await reasonOf(concatBytes(tag, tag, webm))).toBe('codec');
  expect(await reasonOf(concatBytes(tag, new Uint8Array(40)))).toBe(undefined);
  expect(await reasonOf(tag.subarray(0, 9))).toBe(undefined);
});

test('a file whose brands do not fit into the first block is not known', () => {
  const long = new Uint8Array(65_536);
  long.set(concatBytes(Uint8Array.of(0, 1, 0, 4), utf8('ftypmp42')));
  expect(sniff(long)).toEqual({ kind: 'unknown' });
  long.set(Uint8Array.of(0, 0, 0, 1)); // a length of 64 bits
  expect(sniff(long)).toEqual({ kind: 'unknown' });
  long.set(Uint8Array.of(0, 1, 0, 0));
  expect(sniff(long)).toEqual({ kind: 'video' });
});
