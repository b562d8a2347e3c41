import { type HashedPicture, loadPdq } from '@lodestone/pdq';
import { photographFile, PHOTOGRAPHS } from '@lodestone/testkit/photographs';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { channelsOf } from '../scripts/training/canvas.ts';
import { CLASSES } from '../scripts/training/class-pictures.ts';
import { thumbnailOf } from '../scripts/training/photographs.ts';
import { seeded } from '../scripts/training/random.ts';
import { isTooWeak, log2GuessesFor, minimalScore, scoreOf } from '../src/score/index.ts';
import { otherPictures } from './other-pictures.ts';

const pdq = await loadPdq();
const files = PHOTOGRAPHS.map(photographFile);
/** Lists exclude pictures of a lower quality. */
const hashesOf = (pictures: readonly HashedPicture[]): Uint8Array[] =>
  pictures.filter(({ quality }) => quality >= 50).map(({ hash }) => hash);

/** How many of the 16 subsets a row may use. */
const usableOf = (row: Uint8Array, bits: 96 | 112): number =>
  Array.from({ length: 16 }, (_, j) => scoreOf(row, j, bits)).filter((score) => score >= minimalScore(bits)).length;

/** Of photographs that no table was trained with: each whole, and 12 parts of it. */
async function photographParts(): Promise<Uint8Array[]> {
  const hashes: HashedPicture[] = [];
  for (const file of files) {
    const { data, info } = await sharp(file).resize(640).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    const { width, height } = info;
    for (let part = 0; part < 13; part++) {
      const share = part === 0 ? 1 : 0.5 + 0.04 * part;
      const [w, h] = [Math.floor(width * share), Math.floor(height * share)];
      const from = Math.floor((height - h) / 2) * width + (part % 2 === 0 ? 0 : width - w);
      const view = { data: data.subarray(3 * from), width: w, height: h, channels: 3, stride: 3 * width } as const;
      hashes.push(pdq.hash({ ...view, data: view.data.subarray(0, 3 * ((h - 1) * width + w)) }));
    }
  }
  return hashesOf(hashes);
}

it('a photograph has enough subsets for the most slots of each size', async () => {
  const rows = await photographParts();
  expect(rows.length).toBeGreaterThan(60);
  for (const bits of [96, 112] as const) for (const row of rows) expect(usableOf(row, bits)).toBeGreaterThanOrEqual(4);
});

/** The pictures are of another generator, and other photographs, than those that the tables were trained with. */
it.each(['dark inbox', 'light inbox', 'white frame'])(
  'at least a tenth of the class "%s" is refused with four slots',
  async (name) => {
    const rows = hashesOf((await otherPictures(name, 50, files)).map((picture) => pdq.hash(picture)));
    expect(rows.filter((row) => usableOf(row, 96) < 4).length / rows.length).toBeGreaterThanOrEqual(0.1);
  },
);

it('of all kinds of drawn screens at least a third are refused, also with two slots', async () => {
  const shown = await Promise.all(files.map(thumbnailOf));
  const kinds = CLASSES.filter(({ kind }) => kind === 'screen');
  const rows = kinds.flatMap(({ draw }, kind) => {
    const random = seeded(70_000 + kind); // training has other numbers, and other photographs
    return hashesOf(
      Array.from({ length: 30 }, () => pdq.hash(channelsOf(draw({ random, photograph: () => random.of(shown) })))),
    );
  });
  expect(rows.length).toBeGreaterThan(500);
  const refused = rows.filter((row) => isTooWeak(row, { bits: 96, subsets: 16, slots: 2 }));
  expect(refused.length / rows.length).toBeGreaterThanOrEqual(1 / 3);
});

it('a row with two slots must have as many strong subsets as one with four: a larger list has more weak rows', async () => {
  const weak = hashesOf((await otherPictures('light inbox', 25, files)).map((picture) => pdq.hash(picture)));
  for (const row of weak)
    for (const slots of [2, 4]) expect(isTooWeak(row, { bits: 96, subsets: 16, slots })).toBe(usableOf(row, 96) < 4);
  const between = weak.filter((row) => usableOf(row, 96) === 2 || usableOf(row, 96) === 3);
  expect(between.length).toBeGreaterThan(0);
});

it('an estimate of guesses is never above the score', async () => {
  for (const row of (await photographParts()).slice(0, 10))
    for (let j = 0; j < 16; j++) expect(log2GuessesFor(row, j, 96)).toBeLessThanOrEqual(scoreOf(row, j, 96));
});
