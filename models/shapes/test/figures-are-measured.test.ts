/** The model has the accuracy of its manifest, per group, and reaches the buckets on which tests rely. */
import { bucketOf } from '@lodestone/protocol/bucket';
import { beforeAll, describe, expect, test } from 'vitest';
import { discs, landscape, otherDiscs, type Picture, shapesModel, stripes } from '../src/index.ts';
import { groups } from './groups.ts';
import { type Runner, runner } from './run.ts';

const { spec, file, figures } = shapesModel();
let model: Runner;
beforeAll(async () => {
  model = await runner(file, spec);
});

test.each([...groups()])('the figures of the group "$group" equal a new measurement', async ({ group, samples }) => {
  const measured: { sensitive: boolean; bucket: number }[] = [];
  for (const { picture, sensitive } of samples) {
    measured.push({ sensitive, bucket: (await model.bucket(picture)) ?? Number.NaN });
  }
  const share = (sensitive: boolean, least: number): number => {
    const all = measured.filter((one) => one.sensitive === sensitive);
    return all.filter(({ bucket }) => bucket >= least).length / all.length;
  };
  const said = figures.filter((one) => one.group === group);
  expect(said.map(({ bucket }) => bucket)).toEqual([2, 5, 8]);
  expect(said).toEqual(
    said.map(({ bucket }) => ({
      group,
      bucket,
      pictures: samples.length,
      falseAlarms: share(false, bucket),
      found: share(true, bucket),
    })),
  );
});

describe('a hundred pictures of different sizes', () => {
  const sizes = [
    { width: 160, height: 120 },
    { width: 90, height: 200 },
    { width: 33, height: 31 },
  ];
  const seeds = Array.from({ length: 100 }, (_, seed) => ({ seed, ...sizes[seed % sizes.length] }));
  test.each<[string, typeof discs, (bucket: number) => boolean]>([
    ['magenta discs on white reach bucket 8', discs, (bucket) => bucket >= 8],
    ['discs of other colours stay below bucket 3', otherDiscs, (bucket) => bucket <= 2],
    ['magenta stripes stay below bucket 3', stripes, (bucket) => bucket <= 2],
    ['landscapes stay below bucket 3', landscape, (bucket) => bucket <= 2],
  ])('%s', async (_, make, holds) => {
    for (const options of seeds) {
      const bucket = await model.bucket(make(options));
      expect(bucket !== undefined && holds(bucket), `seed ${options.seed}: bucket ${bucket}`).toBe(true);
    }
  });
});

describe('pictures of one colour', () => {
  const plain = (...colour: readonly number[]): Picture => ({
    width: 8,
    height: 8,
    pixels: new Uint8ClampedArray(8 * 8 * 4).map((_, at) => (at % 4 === 3 ? 255 : (colour[at % 4] ?? 0))),
  });
  test.each([
    [0, 0, 0],
    [255, 255, 255],
    [255, 0, 255],
    [128, 128, 128],
    [0, 255, 0],
  ])('%i, %i, %i is plain', async (...colour) => {
    const scores = await model.scores(plain(...colour));
    expect(Math.abs((scores[0] ?? 0) + (scores[1] ?? 0) - 1)).toBeLessThan(1e-6);
    expect(bucketOf(scores, spec)).toBe(0);
  });
});

test('known error: a magenta square inside a white border is classified as discs', async () => {
  const side = 40;
  const pixels = new Uint8ClampedArray(side * side * 4).fill(255);
  for (let y = 10; y < 30; y++) for (let x = 10; x < 30; x++) pixels[(y * side + x) * 4 + 1] = 0;
  expect(await model.bucket({ width: side, height: side, pixels })).toBe(10);
});
