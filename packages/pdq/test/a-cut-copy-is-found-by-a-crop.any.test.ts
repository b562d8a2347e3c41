/** A list that has the hashes of crops finds copies whose edges were cut. Spec: docs/design/hashing.md#crops */
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import {
  distance,
  type HashedCrop,
  hashCrops,
  hashVariants,
  loadPdq,
  type Pdq,
  PdqError,
  type Picture,
} from '../src/index.ts';
import { draw, randomPicture } from './arbitrary.ts';
import { pictureOf, sceneOf } from './scene.ts';

const [WIDTH, HEIGHT] = [640, 480];
const scene = sceneOf(7);
const original = pictureOf(WIDTH, HEIGHT, (x, y) => scene(x / WIDTH, y / HEIGHT));

let pdq: Pdq;
let crops: HashedCrop[];
beforeAll(async () => {
  pdq = await loadPdq();
  crops = hashCrops(pdq, original);
});

interface Cut {
  left: number;
  top: number;
  right: number;
  bottom: number;
}
const NONE: Cut = { left: 0, top: 0, right: 0, bottom: 0 };

/** A copy with pixels of its own. */
function cut({ left, top, right, bottom }: Cut): Picture {
  const [x, y] = [Math.round(WIDTH * left), Math.round(HEIGHT * top)];
  const [width, height] = [WIDTH - x - Math.round(WIDTH * right), HEIGHT - y - Math.round(HEIGHT * bottom)];
  return pictureOf(width, height, (px, py) => original.data[Math.floor(py + y) * WIDTH + Math.floor(px + x)] ?? 0);
}

function nearestCrop(copy: Picture): number {
  const { hash } = pdq.hash(copy);
  return Math.min(...crops.map((crop) => distance(crop.hash, hash)));
}

test('of a picture without borders of its own there are twenty crops, and each is the hash of the pixels that are left', () => {
  expect(crops.map(({ name }) => name)).toHaveLength(20);
  expect(new Set(crops.map(({ name }) => name)).size).toBe(20);
  const named = (name: string) => crops.find((crop) => crop.name === name);
  const each = 0.05;
  const of = (change: Partial<Cut>) => pdq.hash(cut({ ...NONE, ...change }));
  expect(named('5 % of each side')).toMatchObject(of({ left: each, top: each, right: each, bottom: each }));
  expect(named('6 % left')).toMatchObject(of({ left: 0.06 }));
  expect(named('12 % bottom')).toMatchObject(of({ bottom: 0.12 }));
});

/** At the distance that orders use. Quality of detection has the shares of photographs: docs/detection/quality.md. */
test('a copy cut by 2, 4, 5 or 10 % of each side, or by 3 to 13 % of one, is within 31 bits of a crop', () => {
  const cuts = [
    ...[0.02, 0.04, 0.05, 0.1].map((share) => ({ left: share, top: share, right: share, bottom: share })),
    ...[0.03, 0.04, 0.05, 0.08, 0.11, 0.13].flatMap((share) =>
      (['left', 'top', 'right', 'bottom'] as const).map((side) => ({ ...NONE, [side]: share })),
    ),
  ];
  expect(cuts.filter((share) => nearestCrop(cut(share)) > 31)).toEqual([]);
});

test('without the crops, a copy cut by 5 % of each side is not near the picture', () => {
  const copy = cut({ left: 0.05, top: 0.05, right: 0.05, bottom: 0.05 });
  expect(distance(pdq.hash(copy).hash, pdq.hash(original).hash)).toBeGreaterThan(31);
  expect(nearestCrop(copy)).toBe(0);
});

test('padded rows and other channels give the same crops; a picture of few pixels has none', () => {
  fc.assert(
    fc.property(randomPicture, (random) => {
      const isSmall = Math.min(random.width, random.height) < 64;
      const own = isSmall ? 0 : hashVariants(pdq, draw(random), ['borders']).length;
      expect(hashCrops(pdq, draw(random))).toHaveLength(isSmall ? 0 : 20 + own);
    }),
    { numRuns: 20 },
  );
  const stride = WIDTH + 13;
  const padded = new Uint8Array(stride * HEIGHT).fill(200);
  for (let y = 0; y < HEIGHT; y++) padded.set(original.data.subarray(y * WIDTH, (y + 1) * WIDTH), y * stride);
  expect(hashCrops(pdq, { data: padded, width: WIDTH, height: HEIGHT, channels: 1, stride })).toEqual(crops);
});

/** A product photograph, for example. Without these rows its hash is that of the picture with its border, which no copy has any more. */
test('a picture with a border of its own is found after more of the same border was added', () => {
  const bordered = (share: number): Picture => {
    const [x, y] = [Math.round(WIDTH * share), Math.round(HEIGHT * share)];
    return pictureOf(WIDTH + 2 * x, HEIGHT + 2 * y, (px, py) => {
      const [column, row] = [Math.floor(px) - x, Math.floor(py) - y];
      const isInside = column >= 0 && row >= 0 && column < WIDTH && row < HEIGHT;
      return isInside ? (original.data[row * WIDTH + column] ?? 0) : 255;
    });
  };
  const listed = bordered(0.25);
  const names = hashCrops(pdq, listed).map(({ name }) => name);
  expect(names.slice(20)).toContain('without borders');
  const copy = [pdq.hash(bordered(0.4)), ...hashVariants(pdq, bordered(0.4), ['borders'])];
  const nearest = (rows: readonly { hash: Uint8Array }[]): number =>
    Math.min(...rows.flatMap((row) => copy.map((query) => distance(query.hash, row.hash))));
  expect(nearest([pdq.hash(listed), ...hashCrops(pdq, listed).slice(0, 20)])).toBeGreaterThan(31);
  expect(nearest(hashCrops(pdq, listed))).toBeLessThanOrEqual(10);
});

test('a picture whose numbers do not fit together is refused', () => {
  expect(() => hashCrops(pdq, { data: new Uint8Array(10), width: 80, height: 80 })).toThrow(PdqError);
});
