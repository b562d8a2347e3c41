/** Which pictures get a second decoder, which frames of a long animation are looked at, and which of them are looked up. */
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { laterFrames } from '../src/decode/animation.ts';
import { isAnimated } from '../src/decode/is-animated.ts';
import type { PictureType } from '../src/decode/sniff.ts';
import { distinct } from '../src/scanner/match.ts';
import { encodeApng, encodePng } from './encode.ts';
import { drawPicture } from './picture.ts';
import { UNTURNED } from './unturned.ts';

const fixture = async (name: string): Promise<Uint8Array> =>
  new Uint8Array(await readFile(new URL(`fixtures/${name}`, import.meta.url)));
const picture = drawPicture(16, 12);

describe('isAnimated', () => {
  test.for([
    ['animation.gif', 'image/gif'],
    ['animation.webp', 'image/webp'],
    ['animation.avif', 'image/avif'],
  ] as const)('is true for %s', async ([name, type]) => {
    expect(isAnimated(await fixture(name), type)).toBe(true);
  });

  test('is true for an APNG, and false for a PNG', async () => {
    expect(isAnimated(await encodeApng([picture, picture]), 'image/png')).toBe(true);
    expect(isAnimated(await encodePng(picture), 'image/png')).toBe(false);
  });

  test.for([
    ['picture.gif', 'image/gif'],
    ['picture.webp', 'image/webp'],
    ['picture.avif', 'image/avif'],
    ['picture.jpg', 'image/jpeg'],
    ['grey.png', 'image/png'],
  ] as const)('is false for the still %s, so that it costs no second decoder', async ([name, type]) => {
    expect(isAnimated(await fixture(name), type)).toBe(false);
  });

  test('is false for a GIF of one image without its trailer, and true for an animation that is cut', async () => {
    expect(isAnimated((await fixture('picture.gif')).slice(0, -1), 'image/gif')).toBe(false);
    expect(isAnimated((await fixture('animation.gif')).slice(0, -1), 'image/gif')).toBe(true);
  });

  test('answers for any bytes', () => {
    const type = fc.constantFrom<PictureType>('image/gif', 'image/png', 'image/webp', 'image/avif');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), type, (bytes, of) => {
        expect(typeof isAnimated(bytes, of)).toBe('boolean');
      }),
    );
  });
});

describe('laterFrames', () => {
  const bounds = { frames: 400, pixels: 1_000_000, ms: 1 };
  const small = { width: 10, height: 10 };

  test('are all frames but the first, below the bounds', () => {
    expect(laterFrames(5, small, bounds)).toEqual([1, 2, 3, 4]);
    expect(laterFrames(400, small, bounds)).toHaveLength(399);
    expect(laterFrames(1, small, bounds)).toEqual([]);
  });

  test('above the bounds are spread from the second to the last, each once, and as many as allowed', () => {
    const sides = fc.integer({ min: 1, max: 1000 });
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 100_000 }), sides, sides, (count, width, height) => {
        const chosen = laterFrames(count, { width, height }, bounds);
        expect(chosen[0]).toBe(1);
        if (chosen.length > 1) expect(chosen.at(-1)).toBe(count - 1);
        expect(new Set(chosen).size).toBe(chosen.length);
        const gaps = chosen.slice(1).map((frame, i) => frame - (chosen[i] as number));
        if (gaps.length > 0) expect(Math.max(...gaps) - Math.min(...gaps)).toBeLessThanOrEqual(1);
        expect(chosen.length).toBeLessThan(bounds.frames);
        if (chosen.length > 1) expect((chosen.length + 1) * width * height).toBeLessThanOrEqual(bounds.pixels);
      }),
    );
  });
});

test('equal frames are looked up once, with the best of their qualities', () => {
  const hash = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
  const frames = [
    { quality: 40, own: hash(1), others: [], ...UNTURNED, variants: [] },
    { quality: 90, own: hash(2), others: [], ...UNTURNED, variants: [] },
    { quality: 70, own: hash(1), others: [], ...UNTURNED, variants: [] },
  ];
  expect(distinct(frames)).toEqual([frames[2], frames[1]]);
});
