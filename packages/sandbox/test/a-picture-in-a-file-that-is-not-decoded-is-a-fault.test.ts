/** A picture that was found by its bytes in a file is looked up, or the file is incomplete. Spec: docs/design/hashing.md#containers */
import { concatBytes, utf8 } from '@lodestone/protocol/bytes';
import { expect, test } from 'vitest';
import type { StillDecoder } from '../src/decode/still.ts';
import { scanInsideFile } from '../src/scanner/inside.ts';
import { encodeApng, encodePng } from './encode.ts';
import { lookupsOf, tools } from './look-inside.ts';
import { drawPicture } from './picture.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const ID3 = utf8('ID3\x04\0\0\0\0\0\0');
const cover = await encodePng(drawPicture(32, 24));
/** Begins and ends like a JPEG, as one in 16 million places of compressed sound does. */
const noPicture = Uint8Array.of(0xff, 0xd8, 0xff, 0xdb, 0, 3, 1, 0xff, 0xd9);

async function faultOf(inFile: Bytes, decoder: Partial<StillDecoder>): Promise<string | undefined> {
  const content = concatBytes(ID3, inFile, new Uint8Array(500));
  const given = { ...tools, decoder: { ...tools.decoder, ...decoder } };
  return (await scanInsideFile(content, undefined, lookupsOf(), given)).fault;
}

test('a picture that only the host could decode (in WebKit) is not read', async () => {
  expect(await faultOf(cover, { needsBitmap: true })).toBe('format');
});

test('bytes that only look like the beginning of a picture are no fault', async () => {
  expect(await faultOf(noPicture, { needsBitmap: true })).toBe(undefined);
  expect(await faultOf(noPicture, {})).toBe(undefined);
});

test('a picture that does not decode is no fault, since it was perhaps none', async () => {
  expect(await faultOf(cover, {})).toBe(undefined);
});

test('an animation of which not every frame is looked at is too long', async () => {
  const { width, height, data } = drawPicture(32, 24);
  const pixels = { width, height, data: new Uint8ClampedArray(data) };
  const content = concatBytes(ID3, await encodeApng([drawPicture(32, 24), drawPicture(32, 24, 2)]));
  const { fault } = await scanInsideFile(content, undefined, lookupsOf(), {
    ...tools,
    decoder: { ...tools.decoder, decode: () => Promise.resolve({ pixels, full: pixels, isWhole: true }) },
    decodeLaterFrames: () => Promise.resolve('too-long'),
  });
  expect(fault).toBe('too-long');
});
