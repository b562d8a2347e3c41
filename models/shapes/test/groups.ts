/**
 * The groups for the model's accuracy figures: the same discs, stripes and landscapes in good quality, with noise, and in low
 * light. Accuracy is lower in the last group; per-group figures exist to show such differences.
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
