/** vPDQ: the reference's text is read and written byte for byte, and two videos are compared as sets of frames. */
import {
  distance,
  fromHex,
  type HashedFrame,
  matchVideos,
  parseVideo,
  printVideo,
  withoutRepeats,
} from '@lodestone/pdq';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

/** The form that the reference's `vpdq-hash-video` writes. */
const TEXT = `0,100,${'e2'.repeat(32)},0.000
15,7,${'0f'.repeat(32)},1.001
30,98,${'00'.repeat(31)}01,1234.500
`;

const quality = fc.integer({ min: 0, max: 100 });
const frames = (hash: fc.Arbitrary<Uint8Array>): fc.Arbitrary<HashedFrame[]> =>
  fc.array(
    fc.record({
      frame: fc.nat({ max: 999_999_999 }),
      quality,
      hash: hash.map((bytes) => Uint8Array.from(bytes)),
      timestampSeconds: fc.nat({ max: 999_999_999 }).map((milliseconds) => milliseconds / 1000),
    }),
    { minLength: 1, maxLength: 12 },
  );
const anyHash = fc.uint8Array({ minLength: 32, maxLength: 32 });
/** Few bits set, so that many pairs are near. */
const closeHash = fc.array(fc.nat({ max: 255 }), { maxLength: 20 }).map((bits) => {
  const hash = new Uint8Array(32);
  for (const bit of bits) hash[bit >> 3] = (hash[bit >> 3] as number) | (1 << (bit & 7));
  return hash;
});

describe('the reference’s text', () => {
  test('is read, and written again byte for byte', () => {
    expect(parseVideo(TEXT)).toEqual([
      { frame: 0, quality: 100, hash: fromHex('e2'.repeat(32)), timestampSeconds: 0 },
      { frame: 15, quality: 7, hash: fromHex('0f'.repeat(32)), timestampSeconds: 1.001 },
      { frame: 30, quality: 98, hash: fromHex(`${'00'.repeat(31)}01`), timestampSeconds: 1234.5 },
    ]);
    expect(printVideo(parseVideo(TEXT))).toBe(TEXT);
  });

  test('may have the timestamps of older files, other line ends and no last line end', () => {
    const hash = 'ab'.repeat(32);
    expect(parseVideo(`1,100,${hash},0.0319\r\n2,100,${hash},3`).map((frame) => frame.timestampSeconds)).toEqual([
      0.0319, 3,
    ]);
  });

  test('keeps all frames', () => {
    fc.assert(
      fc.property(frames(anyHash), (video) => {
        expect(parseVideo(printVideo(video))).toEqual(video);
      }),
    );
  });

  const hash = 'ab'.repeat(32);
  test.for([
    ['', 'no frames'],
    [`0,100,${hash}`, 'line 1'],
    [`0,100,${hash},0.0\n\n`, 'line 2'],
    [`0,101,${hash},0.0`, 'line 1'],
    [`-1,100,${hash},0.0`, 'line 1'],
    [`0,100,${hash.slice(1)},0.0`, 'line 1'],
    [`0,100,${hash},1e3`, 'line 1'],
    [`100,0,${hash},0,5`, 'line 1'],
  ])('%j is refused', ([text, why]) => {
    expect(() => parseVideo(text ?? '')).toThrow(
      expect.objectContaining({ code: 'ERR_PDQ_TEXT', message: expect.stringContaining(why ?? '') as string }),
    );
  });

  test.for([{ frame: -1 }, { frame: 0.5 }, { quality: 101 }, { timestampSeconds: -1 }, { timestampSeconds: NaN }])(
    'is not written for %j',
    (wrong) => {
      const frame = { frame: 0, quality: 50, hash: new Uint8Array(32), timestampSeconds: 0, ...wrong };
      expect(() => printVideo([frame])).toThrow(expect.objectContaining({ code: 'ERR_PDQ_OPTION' }));
    },
  );
});

describe('matchVideos', () => {
  const video = (...hashes: string[]): HashedFrame[] =>
    hashes.map((byte, frame) => ({ frame, quality: 100, hash: fromHex(byte.repeat(32)), timestampSeconds: frame }));
  const [whole, part] = [video('00', 'ff', '0f', 'f0'), video('ff', '0f')];

  test('a part of a listed video is in it as a whole, and the other way round', () => {
    expect(matchVideos(part, whole)).toEqual({ queryShare: 1, listedShare: 0.5 });
    expect(matchVideos(whole, part)).toEqual({ queryShare: 0.5, listedShare: 1 });
  });

  test('order and repetition do not matter', () => {
    expect(matchVideos(video('0f', 'ff', 'ff', 'ff'), whole)).toEqual({ queryShare: 1, listedShare: 0.5 });
  });

  test('frames of low quality count on neither side', () => {
    const blurred = part.map((frame) => ({ ...frame, quality: 49 }));
    expect(matchVideos([...blurred, ...video('00')], whole)).toEqual({ queryShare: 1, listedShare: 0.25 });
    expect(matchVideos(blurred, whole)).toEqual({ queryShare: 0, listedShare: 0 });
    expect(matchVideos(part, [])).toEqual({ queryShare: 0, listedShare: 0 });
  });

  test('agrees with a count of all pairs', () => {
    const bits = fc.integer({ min: 0, max: 40 });
    fc.assert(
      fc.property(frames(closeHash), frames(closeHash), bits, quality, (query, listed, maxDistance, minQuality) => {
        const good = (side: HashedFrame[]): HashedFrame[] => side.filter((frame) => frame.quality >= minQuality);
        const share = (of: HashedFrame[], within: HashedFrame[]): number =>
          of.length === 0 || within.length === 0
            ? 0
            : of.filter(({ hash }) => within.some((other) => distance(hash, other.hash) <= maxDistance)).length /
              of.length;
        expect(matchVideos(query, listed, { maxDistance, minQuality })).toEqual({
          queryShare: share(good(query), good(listed)),
          listedShare: share(good(listed), good(query)),
        });
      }),
    );
  });

  test('a wrong maxDistance is refused', () => {
    expect(() => matchVideos(part, whole, { maxDistance: 256 })).toThrow(
      expect.objectContaining({ code: 'ERR_PDQ_OPTION' }),
    );
  });
});

test('of frames that differ little from the one before, the first is listed', () => {
  const far = fromHex('ff'.repeat(32));
  const [still, near, other] = ['00', '01', '03'].map((end) => fromHex(`${'00'.repeat(31)}${end}`));
  const moved = fromHex(`${'ff'.repeat(2)}${'00'.repeat(30)}`);
  expect(withoutRepeats([still, near, other, moved, moved, far, still].map((hash) => hash ?? far))).toEqual([
    still,
    moved,
    far,
    still,
  ]);
  expect(withoutRepeats([])).toEqual([]);
});
