/** Each variant undoes its edit: the hash is near the one that the picture had before. Spec: docs/design/hashing.md#variants */
import fc from 'fast-check';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import {
  distance,
  type HashedVariant,
  hashVariants,
  loadPdq,
  type Pdq,
  PdqError,
  type Picture,
  variantGroups,
} from '../src/index.ts';
import { draw, randomPicture } from './arbitrary.ts';
import { pictureOf, sceneOf } from './scene.ts';

let pdq: Pdq;
beforeAll(async () => {
  pdq = await loadPdq();
});

const inside = (x: number, y: number): boolean => x >= 0 && x < 1 && y >= 0 && y < 1;

const [WIDTH, HEIGHT] = [640, 480];
const scene = sceneOf(7);
const original = pictureOf(WIDTH, HEIGHT, (x, y) => scene(x / WIDTH, y / HEIGHT));

function variantsOf(picture: Picture): Map<string, number> {
  const own = pdq.hash(original).hash;
  return new Map(hashVariants(pdq, picture).map(({ name, hash }) => [name, distance(hash, own)]));
}

/** Within the usual distance of an order, 31, with some bits left for what an encoder adds. */
const NEAR = 16;
/** A cut leaves the margin empty. */
const NEAR_WHEN_CUT = 28;

test('exact centres: a small copy has the hash of the large picture, while its own hash is off', () => {
  const small = pictureOf(160, 120, (x, y) => scene(x / 160, y / 120));
  expect(distance(pdq.hash(small).hash, pdq.hash(original).hash)).toBeGreaterThan(10);
  expect(variantsOf(small).get('exact centres')).toBeLessThanOrEqual(8);
});

test.each([
  [0.01, 'margin 1 %'],
  [0.02, 'margin 2 %'],
  [0.04, 'margin 4 %'],
])('margins: %d of each side was cut', (cut, name) => {
  const share = 1 - 2 * cut;
  const [width, height] = [Math.round(WIDTH * share), Math.round(HEIGHT * share)];
  const cropped = pictureOf(width, height, (x, y) => scene(cut + (share * x) / width, cut + (share * y) / height));
  expect(variantsOf(cropped).get(name)).toBeLessThanOrEqual(NEAR_WHEN_CUT);
});

test.each([
  ['left', 0.06, 0],
  ['right', 0, 0],
] as const)('margins: 6 % of one side was cut, %s', (side, left, top) => {
  const width = Math.round(WIDTH * 0.94);
  const cropped = pictureOf(width, HEIGHT, (x, y) => scene(left + (0.94 * x) / width, top + y / HEIGHT));
  expect(variantsOf(cropped).get(`margin 6 % ${side}`)).toBeLessThanOrEqual(NEAR_WHEN_CUT);
});

describe('borders', () => {
  /** The scene between borders of these widths in pixels. */
  function padded(left: number, top: number, right: number, bottom: number, colour: (y: number) => number): Picture {
    return pictureOf(left + 480 + right, top + 360 + bottom, (x, y) => {
      const [sx, sy] = [(x - left) / 480, (y - top) / 360];
      return inside(sx, sy) ? scene(sx, sy) : colour(y);
    });
  }

  test.each([
    ['black', 0],
    ['white', 255],
    ['grey, as bright as the scene', 128],
  ])('%s', (_, colour) => {
    const even = padded(96, 72, 96, 72, () => colour);
    expect(variantsOf(even).get('without borders')).toBeLessThanOrEqual(NEAR);
    const uneven = padded(20, 100, 130, 6, () => colour);
    expect(variantsOf(uneven).get('without borders')).toBeLessThanOrEqual(NEAR);
  });

  test('a scene whose edge is as dark as its border: borders of the same width on opposite sides', () => {
    const dark = (x: number, y: number): number => (x < 0.12 ? 2 : scene(x, y));
    const whole = pictureOf(WIDTH, HEIGHT, (x, y) => dark(x / WIDTH, y / HEIGHT));
    const copy = pictureOf(640, 480, (x, y) => {
      const [sx, sy] = [(x - 80) / 480, (y - 60) / 360];
      return inside(sx, sy) ? dark(sx, sy) : 2;
    });
    const found = new Map(
      hashVariants(pdq, copy, ['borders']).map(({ name, hash }) => [name, distance(hash, pdq.hash(whole).hash)]),
    );
    expect(found.get('without borders')).toBeGreaterThan(31);
    expect(found.get('without even borders')).toBeLessThanOrEqual(NEAR);
  });

  test('bars of a phone’s screen, with marks on them', () => {
    const screen = padded(0, 110, 0, 160, (y) => (Math.floor(y / 14) % 5 === 1 ? -1 : 245));
    const data = Uint8ClampedArray.from(screen.data as Uint8ClampedArray, (value, i) =>
      value === 0 && (i % 480) % 60 > 20 ? 245 : value,
    );
    expect(variantsOf({ ...screen, data }).get('without bars')).toBeLessThanOrEqual(NEAR_WHEN_CUT);
  });

  test('a picture without a border has no such variant', () => {
    expect(hashVariants(pdq, original, ['borders'])).toEqual([]);
  });
});

describe.each([-5, -2, 1, 4])('rotated by %d°', (degrees) => {
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const name = `rotated ${degrees > 0 ? '+' : ''}${degrees}°`;
  /** Clockwise, about the centre of a canvas of this size. */
  function rotated(width: number, height: number): Picture {
    return pictureOf(width, height, (x, y) => {
      const [dx, dy] = [x - width / 2, y - height / 2];
      const [sx, sy] = [(dx * cos + dy * sin) / WIDTH + 0.5, (dy * cos - dx * sin) / HEIGHT + 0.5];
      return inside(sx, sy) ? scene(sx, sy) : 0;
    });
  }
  const [grownX, grownY] = [WIDTH * cos + HEIGHT * Math.abs(sin), HEIGHT * cos + WIDTH * Math.abs(sin)];

  test('the canvas grew', () => {
    const copy = rotated(Math.round(grownX), Math.round(grownY));
    expect(variantsOf(copy).get(`${name}, grown`)).toBeLessThanOrEqual(NEAR);
  });

  test('the canvas stayed', () => {
    expect(variantsOf(rotated(WIDTH, HEIGHT)).get(`${name}, same canvas`)).toBeLessThanOrEqual(NEAR);
  });

  test('what has no corner was cropped', () => {
    const kept = Math.min(WIDTH / grownX, HEIGHT / grownY);
    const copy = rotated(Math.floor(WIDTH * kept), Math.floor(HEIGHT * kept));
    const bits = variantsOf(copy).get(`${name}, cropped`);
    // At 5 degrees a tenth of each side is lost.
    expect(bits).toBeLessThanOrEqual(Math.abs(degrees) < 3 ? 31 : 60);
  });
});

test('different scenes stay apart in every variant', () => {
  const own = pdq.hash(original).hash;
  const other = sceneOf(8);
  const distances = hashVariants(
    pdq,
    pictureOf(WIDTH, HEIGHT, (x, y) => other(x / WIDTH, y / HEIGHT)),
  ).map(({ hash }) => distance(hash, own));
  expect(distances.length).toBeGreaterThan(40);
  expect(Math.min(...distances)).toBeGreaterThan(70);
});

test('any picture has variants of 32 bytes with distinct names, the same with padded rows and in colour, and only of the groups asked for', () => {
  fc.assert(
    fc.property(randomPicture, fc.subarray([...variantGroups]), (random, groups) => {
      const picture = draw(random);
      const variants = hashVariants(pdq, picture, groups);
      expect(new Set(variants.map(({ name }) => name)).size).toBe(variants.length);
      for (const { group, hash, quality } of variants) {
        expect(groups).toContain(group);
        expect(hash).toHaveLength(32);
        expect(quality).toBeGreaterThanOrEqual(0);
        expect(quality).toBeLessThanOrEqual(100);
      }
      expect(hashVariants(pdq, unpadded(picture), groups)).toEqual(variants);
    }),
    { numRuns: 60 },
  );
});

function unpadded({ data, width, height, channels, stride }: Required<Picture>): Picture {
  const rows = Array.from({ length: height }, (_, y) => data.subarray(y * stride, y * stride + width * channels));
  const bytes = new Uint8Array(width * height * channels);
  for (const [y, row] of rows.entries()) bytes.set(row, y * width * channels);
  return { data: bytes, width, height, channels };
}

test('no copy of the picture stays where memory ends', () => {
  const framed = pictureOf(90, 80, (x, y) => (x < 9 || y < 7 || y > 70 ? 255 : scene(x / 90, y / 80)));
  const made: Float32Array[] = [];
  let fit = 0;
  class Scarce extends Float32Array {
    constructor(...args: [number]) {
      const isView = typeof args[0] !== 'number';
      if (!isView && made.length === fit) throw new RangeError('no memory');
      super(...args);
      if (!isView) made.push(this);
    }
  }
  vi.stubGlobal('Float32Array', Scarce);
  try {
    for (let isDone = false; !isDone; fit++) {
      made.length = 0;
      const given = new Set<Float32Array>();
      try {
        for (const { coefficients } of hashVariants(pdq, framed, variantGroups, undefined, { coefficients: true }))
          if (coefficients) given.add(coefficients);
        isDone = given.size > 0;
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
      expect(made.every((numbers) => given.has(numbers) || numbers.every((number) => number === 0))).toBe(true);
    }
  } finally {
    vi.unstubAllGlobals();
  }
  expect(fit).toBeGreaterThan(8);
});

test('a side below 5 pixels has no variants, as it has no hash', () => {
  const none: HashedVariant[] = [];
  expect(hashVariants(pdq, { data: new Uint8Array(4 * 300), width: 4, height: 300, channels: 1 })).toEqual(none);
});

test('a picture whose numbers do not fit together is refused', () => {
  expect(() => hashVariants(pdq, { data: new Uint8Array(10), width: 8, height: 8 })).toThrow(PdqError);
  expect(() => hashVariants(pdq, { data: new Uint8Array(0), width: 0, height: 8 })).toThrow(PdqError);
  expect(() => hashVariants(pdq, original, ['crops' as 'margins'])).toThrow('groups must be of phase, margins');
});
