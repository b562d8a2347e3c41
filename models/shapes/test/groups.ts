/**
 * The groups of pictures that the model's figures are measured in: the same discs, stripes and landscapes, taken well,
 * with noise, and in little light. The last is where it is worse, which is what figures by group are for.
 */
import {
  dim,
  discs,
  landscape,
  noisy,
  otherDiscs,
  type Picture,
  type PictureOptions,
  stripes,
} from '../src/pictures.ts';

export interface Sample {
  picture: Picture;
  sensitive: boolean;
}

/** Of each kind in each group. */
const EACH = 50;
const KINDS: readonly { make: (options: PictureOptions) => Picture; sensitive: boolean }[] = [
  { make: discs, sensitive: true },
  { make: otherDiscs, sensitive: false },
  { make: stripes, sensitive: false },
  { make: landscape, sensitive: false },
];

const GROUPS: readonly { group: string; edit: (picture: Picture, seed: number) => Picture }[] = [
  { group: 'taken well', edit: (picture) => picture },
  { group: 'with noise', edit: (picture, seed) => noisy(picture, { seed, by: 24 }) },
  { group: 'in little light', edit: (picture, seed) => dim(picture, { light: 0.8 + 0.2 * ((seed % EACH) / EACH) }) },
];

export function* groups(): Generator<{ group: string; samples: Sample[] }> {
  for (const [g, { group, edit }] of GROUPS.entries()) {
    const samples = KINDS.flatMap(({ make, sensitive }) =>
      Array.from({ length: EACH }, (_, i) => {
        const seed = 1_000 * (g + 1) + i;
        return { picture: edit(make({ seed }), seed), sensitive };
      }),
    );
    yield { group, samples };
  }
}
