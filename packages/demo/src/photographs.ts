/**
 * The demo's pictures: the testkit's photographs, edited copies, and one picture that the demo's model classifies as
 * sensitive. Flow: testkit → here → an ignored folder → the demo list, the chat's pictures to try, the smoke test, the
 * end-to-end tests. Promise: no picture is committed; they are built once per version of this file.
 */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { discs, pngOf } from '@lodestone/model-shapes';
import type { Sample } from '@lodestone/example-vanilla-chat/configuration';
import { photographFile, type PhotographName } from '@lodestone/testkit/photographs';
import { cachedBuild } from './cached-build.ts';

type Recipe = Sample & (PackagedPhotograph | { make: () => Uint8Array });

interface PackagedPhotograph {
  from: PhotographName;
  /** Edits the photograph. Without it, the file is copied unchanged. */
  edit?: (file: Buffer) => Promise<Buffer>;
}

const RECIPES: readonly Recipe[] = [
  {
    file: 'harbour.jpg',
    title: 'Harbour',
    kind: 'listed',
    about: 'This file is on the demo list',
    from: 'nagasaki-boats',
  },
  {
    file: 'biplane.jpg',
    title: 'Biplane',
    kind: 'listed',
    about: 'This file is on the demo list',
    from: 'airplane-from-above',
  },
  {
    file: 'harbour-small.webp',
    title: 'Harbour, edited',
    kind: 'edited',
    about: 'Half the size, another format: blocked, not signalled',
    from: 'nagasaki-boats',
    edit: (file) => sharp(file).resize({ width: 512 }).modulate({ brightness: 1.06 }).webp({ quality: 62 }).toBuffer(),
  },
  {
    file: 'biplane-turned.jpg',
    title: 'Biplane, turned',
    kind: 'edited',
    about: 'A quarter turn, saved again: blocked, not signalled',
    from: 'airplane-from-above',
    edit: (file) => sharp(file).rotate(90).resize({ height: 800 }).jpeg({ quality: 70 }).toBuffer(),
  },
  {
    file: 'mountains.jpg',
    title: 'Mountains',
    kind: 'innocent',
    about: 'On no list',
    from: 'french-alpine-landscape',
  },
  {
    file: 'lily-leek.jpg',
    title: 'Lily leek',
    kind: 'innocent',
    about: 'On no list',
    from: 'allium-oreophilum',
  },
  {
    file: 'cat.png',
    title: 'Cat, running',
    kind: 'innocent',
    about: 'On no list, a PNG',
    from: 'locomotion-house-cat',
    edit: (file) => sharp(file).resize({ width: 640 }).png({ palette: true, colours: 64 }).toBuffer(),
  },
  {
    file: 'discs.png',
    title: 'Discs',
    kind: 'innocent',
    about: 'On no list; the demo’s model finds it',
    make: () => pngOf(discs({ seed: 7, width: 480, height: 360 })),
  },
  {
    file: 'damaged.jpg',
    title: 'Damaged file',
    kind: 'damaged',
    about: 'A JPEG that does not decode',
    from: 'french-alpine-landscape',
    edit: async (file) => damage(file),
  },
];

export interface Photographs {
  folder: string;
  samples: readonly Sample[];
  /** The files on the demo list. */
  listed: readonly string[];
}

/** @param base start of the folder's name; git ignores it */
export async function makePhotographs(base: string): Promise<Photographs> {
  const samples = RECIPES.map(({ file, title, kind, about }): Sample => ({ file, title, kind, about }));
  const { folder } = await cachedBuild(base, await digestOfInputs(), async (into) => {
    await Promise.all(RECIPES.map(async (recipe) => writeFile(path.join(into, recipe.file), await bytesOf(recipe))));
    await writeFile(path.join(into, 'samples.json'), JSON.stringify(samples));
  });
  const listed = samples.filter(({ kind }) => kind === 'listed').map(({ file }) => path.join(folder, file));
  return { folder, samples, listed };
}

async function bytesOf(recipe: Recipe): Promise<Uint8Array> {
  if ('make' in recipe) return recipe.make();
  const original = await readFile(photographFile(recipe.from));
  return recipe.edit ? recipe.edit(original) : original;
}

/** Keeps the start of the JPEG and replaces the rest with noise, the same bytes each time. */
function damage(file: Buffer): Buffer {
  const broken = Buffer.from(file);
  let state = 1;
  for (let at = 400; at < broken.length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0; // LCG, Numerical Recipes
    broken[at] = state >>> 24;
  }
  return broken;
}

async function digestOfInputs(): Promise<string> {
  const hash = createHash('sha256').update(await readFile(import.meta.filename));
  for (const recipe of RECIPES)
    hash.update('make' in recipe ? recipe.make() : await readFile(photographFile(recipe.from)));
  return hash.digest('hex');
}
