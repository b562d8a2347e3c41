/** The inputs of a run: number N of a seed is always the same bytes. Flow: seeds, mutations → here → run. */
import { BOMBS, MUTATIONS, shorten, WRAPPERS } from './mutations.ts';
import { Random } from './random.ts';
import { type Bytes, makeSeeds } from './seeds.ts';

export interface Input {
  readonly number: number;
  /** What it was made of: `picture.jpg, flip bits, cut`. */
  readonly recipe: string;
  readonly bytes: Bytes;
  /** Holds the listed picture whole, in archives or as it is: it must never be clear. */
  readonly isListed: boolean;
}

/** One in this many inputs is a bomb, and one is a seed as it is. */
const BOMB_SHARE = 0.02;
const WHOLE_SHARE = 0.02;
const MOST_MUTATIONS = 4;

export async function createInputs(seed: number): Promise<(number: number) => Promise<Input>> {
  const seeds = await makeSeeds();
  return async (number) => {
    const random = new Random(seed, number);
    if (random.chance(BOMB_SHARE)) {
      const name = random.of(Object.keys(BOMBS));
      return { number, recipe: name, bytes: (await BOMBS[name]?.(random)) ?? new Uint8Array(), isListed: false };
    }
    let { name: recipe, bytes, isListed } = random.of(seeds);
    if (random.chance(WHOLE_SHARE)) return { number, recipe, bytes, isListed };
    for (let i = 1 + random.below(MOST_MUTATIONS); i > 0; i--) {
      const name = random.of(Object.keys(MUTATIONS));
      bytes = shorten((await MUTATIONS[name]?.(bytes, random, seeds)) ?? bytes);
      recipe = `${recipe}, ${name}`;
      isListed &&= WRAPPERS.includes(name);
    }
    return { number, recipe, bytes, isListed };
  };
}
