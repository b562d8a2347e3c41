/** For random pictures of random sizes the kernel returns the oracle's bits: complete, in pieces and in strips. Node only. */
import fc from 'fast-check';
import { beforeAll, expect, inject, test } from 'vitest';
import { type Pdq, loadPdq, toHex } from '../src/index.ts';
import { type Kernel, compileKernel, newKernel, viewOf } from '../src/kernel.ts';
import { draw, randomBits, randomPicture } from './arbitrary.ts';
import { oracleHash, oracleOrientations } from './oracle.ts';

const fixed = { seed: 20_171_208 };
const PICTURES = inject('extent') === 'usual' ? 500 : 2_000;

let pdq: Pdq;
let kernel: Kernel;
beforeAll(async () => {
  pdq = await loadPdq();
  kernel = newKernel(await compileKernel());
});

test(`${PICTURES} pictures`, { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(randomPicture, (random) => {
      const picture = draw(random);
      const { hash, quality } = pdq.hash(picture);
      const expected = oracleHash(picture);
      expect([toHex(hash), quality]).toEqual([toHex(expected.hash), expected.quality]);
    }),
    { ...fixed, numRuns: PICTURES },
  );
});

test('300 pictures in all orientations', { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(randomPicture, (random) => {
      const picture = draw(random);
      expect(pdq.hashOrientations(picture).hashes).toEqual(oracleOrientations(picture));
    }),
    { ...fixed, numRuns: 300 },
  );
});

test('300 pictures with rows in pieces', { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(randomPicture, fc.boolean(), ({ padding: _, ...random }, isOriented) => {
      const picture = draw({ ...random, padding: 0 });
      const { data, width, height, channels, stride } = picture;
      const stream = pdq.stream(width, height, { channels });
      const bits = randomBits(random.seed);
      for (let row = 0; row < height;) {
        const rows = Math.min(height - row, bits() % 23);
        stream.push(data.subarray(row * stride, (row + rows) * stride));
        row += rows;
      }
      if (isOriented) expect(stream.finishOrientations()).toEqual(pdq.hashOrientations(picture));
      else expect(stream.finish()).toEqual(pdq.hash(picture));
    }),
    { ...fixed, numRuns: 300 },
  );
});

test('300 pictures in strips', { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(randomPicture, fc.integer({ min: 1, max: 20 }), ({ padding: _, ...random }, groups) => {
      const { data, width, height, channels } = draw({ ...random, padding: 0 });
      fc.pre(width >= 5 && height >= 5);
      const margin = (Math.ceil(width / 128) + 3) & ~3;
      kernel.open(width, height, channels, margin + 4 * groups);
      for (let strip = 0; strip < kernel.strips(); strip++) pushStrip(strip, data, width, height, channels);
      const quality = kernel.finish(false);
      const hash = viewOf(kernel, kernel.hashes(), 32).slice();
      expect({ hash, quality }).toEqual(pdq.hash({ data, width, height, channels }));
    }),
    { ...fixed, numRuns: 300 },
  );
});

function pushStrip(
  strip: number,
  data: Uint8Array | Uint8ClampedArray,
  width: number,
  height: number,
  channels: number,
): void {
  kernel.startStrip(strip);
  const [start, end] = [kernel.firstStaged(), kernel.endStaged()];
  for (let row = 0; row < height; row += 8) {
    const rows = Math.min(8, height - row);
    const stage = viewOf(kernel, kernel.stage(), rows * (end - start) * channels);
    for (let r = 0; r < rows; r++) {
      const at = (row + r) * width;
      stage.set(data.subarray((at + start) * channels, (at + end) * channels), r * (end - start) * channels);
    }
    kernel.push(rows);
  }
  kernel.drain();
}
