/** What hides in a JPEG or behind it, after more beginnings than are followed, leaves the check incomplete. Spec: docs/detection/files.md#further-pictures-in-a-jpeg */
import { concatBytes, utf8 } from '@lodestone/protocol/bytes';
import { LIMITS, SCAN_LIMITS } from '@lodestone/protocol/limits';
import { expect, test } from 'vitest';
import { scanInsideJpeg } from '../src/scanner/inside.ts';
import { anMp4 } from './containers.ts';
import { pngOf } from './encode.ts';
import { lookupsOf, tools } from './look-inside.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** With a picture on the list, so that frames of videos are looked up. */
const lookups = lookupsOf([{ type: 'pdq', entry: 1, payload: new Uint8Array(32).fill(7) }]);
const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xdb, 0, 3, 1, 0xff, 0xd9);
const empty = Uint8Array.of(0xff, 0xd8, 0xff, 0xd9);
const endless = Uint8Array.of(0xff, 0xd8, 0xff, 0xdb, 0xff, 0xff);

function times(count: number, part: Uint8Array): Uint8Array {
  return concatBytes(...Array.from({ length: count }, () => part));
}
async function faultOf(...behind: Uint8Array[]): Promise<string | undefined> {
  const bytes: Bytes = concatBytes(jpeg, ...behind);
  return (await scanInsideJpeg(bytes, lookups, tools)).fault;
}

test('pictures that do not decode are no fault', async () => {
  expect(await faultOf()).toBe(undefined);
  expect(await faultOf(times(64, empty), jpeg)).toBe(undefined);
  expect(await faultOf(times(SCAN_LIMITS.unendedPictures - 1, endless))).toBe(undefined);
});

test('more pictures than may be opened are too large', async () => {
  expect(await faultOf(times(SCAN_LIMITS.containerMembers + 1, empty))).toBe('too-large');
});

test('more pictures without an end than are followed are too large', async () => {
  expect(await faultOf(times(SCAN_LIMITS.unendedPictures + 1, endless))).toBe('too-large');
});

test('a picture with more pixels than are left is too large', async () => {
  const large = pngOf(LIMITS.pictureSide, LIMITS.pictureSide, new Uint8Array(9));
  expect(await faultOf(large)).toBe(undefined); // it does not decode
  expect(await faultOf(large, large, jpeg)).toBe('too-large');
});

/** Bytes of coded pixels, since no first box is so long. */
const noBox = utf8('lengftypmp42');

test('more videos than are looked at are too large', async () => {
  const parts = { run: async () => 'whole' }; // what the video part says of each
  const faultOfVideos = async (...behind: Uint8Array[]): Promise<string | undefined> =>
    (await scanInsideJpeg(concatBytes(jpeg, ...behind), lookups, { ...tools, parts })).fault;
  expect(await faultOfVideos(times(64, noBox), times(16, anMp4()))).toBe(undefined);
  expect(await faultOfVideos(times(17, anMp4()))).toBe('too-large');
});

test('a video behind a JPEG without an end is looked at', async () => {
  const cut = concatBytes(jpeg.subarray(0, -2), anMp4());
  expect((await scanInsideJpeg(cut, lookups, tools)).fault).toBe('codec');
});
