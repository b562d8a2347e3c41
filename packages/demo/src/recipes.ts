/**
 * How each picture, animation and video to try is made: from the testkit's photographs, from drawn scenes, from the committed clips.
 * Pure data and pure functions on bytes. Flow: here → samples. Promise: no photograph is committed.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { discs, pngOf } from '@lodestone/model-shapes';
import type { Sample } from '@lodestone/example-vanilla-chat/configuration';
import { DEMO_PHOTOGRAPH, photographFile } from '@lodestone/testkit/photographs';
import { cropped, padded, screenshot } from './edited-copies.ts';
import { drawFrame, SCENE_SECONDS, type SceneName } from './scenes.ts';

export interface Recipe extends Omit<Sample, 'thumbnail'> {
  make: () => Promise<Uint8Array>;
  /** What the thumbnail shows, if it is not the file itself. */
  thumbnailOf?: SceneName | 'nothing';
}

type Name = Parameters<typeof photographFile>[0];
const photograph = (name: Name): Promise<Buffer> => readFile(photographFile(name));
const edited = (name: Name, edit: (picture: Sharp) => Sharp) => () => edit(sharp(photographFile(name))).toBuffer();
const clip = (file: string) => () => readFile(path.join(import.meta.dirname, '../clips', file));

export const RECIPES: readonly Recipe[] = [
  {
    file: 'harbour.jpg',
    title: 'Harbour',
    kind: 'listed',
    about: 'This file is on the demo list',
    make: () => photograph('nagasaki-boats'),
  },
  {
    file: 'lighthouse.webm',
    title: 'Lighthouse, a video',
    kind: 'listed',
    about: 'This file is on the demo list',
    make: clip('lighthouse.webm'),
    thumbnailOf: 'lighthouse',
  },
  {
    file: 'mountains.jpg',
    title: 'Mountains',
    kind: 'innocent',
    about: 'On no list',
    make: () => photograph('french-alpine-landscape'),
  },
  {
    file: 'balloons.webm',
    title: 'Balloons, a video',
    kind: 'innocent',
    about: 'On no list',
    make: clip('balloons.webm'),
    thumbnailOf: 'balloons',
  },
  {
    file: 'harbour-small.webp',
    title: 'Harbour, edited',
    kind: 'edited',
    about: 'Half the size, another format: blocked, not signalled',
    make: edited('nagasaki-boats', (picture) =>
      picture.resize({ width: 512 }).modulate({ brightness: 1.06 }).webp({ quality: 62 }),
    ),
  },
  {
    file: 'lighthouse-small.mp4',
    title: 'Lighthouse, edited',
    kind: 'edited',
    about: 'Half the size, another format: blocked, not signalled',
    make: clip('lighthouse-small.mp4'),
    thumbnailOf: 'lighthouse',
  },
  {
    file: 'cat-running.gif',
    title: 'Cat, animated',
    kind: 'listed',
    about: 'This file is on the demo list',
    make: runningCat,
  },
  {
    file: 'slides.webp',
    title: 'Slide show',
    kind: 'edited',
    about: 'One of its frames is on the list: blocked, not signalled',
    make: slideShow,
  },
  {
    file: 'biplane.jpg',
    title: 'Biplane',
    kind: 'listed',
    about: 'This file is on the demo list',
    make: () => photograph('airplane-from-above'),
  },
  {
    file: 'biplane-turned.jpg',
    title: 'Biplane, turned',
    kind: 'edited',
    about: 'A quarter turn, saved again: blocked, not signalled',
    make: edited('airplane-from-above', (picture) => picture.rotate(90).resize({ height: 800 }).jpeg({ quality: 70 })),
  },
  {
    file: 'biplane-padded.jpg',
    title: 'Biplane, framed',
    kind: 'edited',
    about: 'A frame of a fifth on each side: blocked, not signalled',
    make: () => padded(photographFile('airplane-from-above')),
  },
  {
    file: 'harbour-cropped.jpg',
    title: 'Harbour, cut',
    kind: 'edited',
    about: '5 % of each side is cut: blocked, not signalled',
    make: () => cropped(photographFile('nagasaki-boats')),
  },
  {
    file: 'biplane-screenshot.png',
    title: 'Biplane, a screenshot',
    kind: 'edited',
    about: 'On a phone’s screen: blocked, not signalled',
    make: () => screenshot(photographFile('airplane-from-above')),
  },
  {
    file: 'canyon.jpg',
    title: 'Canyon',
    kind: 'locked',
    about: 'On the locked list, which the device cannot read: blocked, not signalled',
    make: () => photograph(DEMO_PHOTOGRAPH),
  },
  {
    file: 'canyon-small.webp',
    title: 'Canyon, edited',
    kind: 'edited',
    about: 'Of a picture on the locked list, in another size and format: blocked, not signalled',
    make: edited(DEMO_PHOTOGRAPH, (picture) => picture.resize({ width: 480 }).webp({ quality: 55 })),
  },
  {
    file: 'balloons.gif',
    title: 'Balloons, a GIF',
    kind: 'innocent',
    about: 'On no list, an animation',
    make: movingBalloons,
  },
  {
    file: 'lily-leek.jpg',
    title: 'Lily leek',
    kind: 'innocent',
    about: 'On no list',
    make: () => photograph('allium-oreophilum'),
  },
  {
    file: 'cat.png',
    title: 'Cat, running',
    kind: 'innocent',
    about: 'On no list, a PNG',
    make: edited('locomotion-house-cat', (picture) =>
      picture.resize({ width: 640 }).png({ palette: true, colours: 64 }),
    ),
  },
  {
    file: 'discs.png',
    title: 'Discs',
    kind: 'innocent',
    about: 'On no list; the demo’s model finds it',
    make: async () => pngOf(discs({ seed: 7, width: 480, height: 360 })),
  },
  {
    file: 'damaged.jpg',
    title: 'Damaged file',
    kind: 'damaged',
    about: 'A JPEG that does not decode',
    make: async () => damage(await photograph('french-alpine-landscape')),
    thumbnailOf: 'nothing',
  },
];

/** The first two rows of Muybridge's plate, one picture after the other. In pixels of the plate. */
async function runningCat(): Promise<Buffer> {
  const plate = await photograph('locomotion-house-cat');
  const cells = [14, 139].flatMap((top) => [0, 1, 2, 3, 4, 5].map((column) => ({ left: 12 + column * 167, top })));
  const frames = cells.map((cell) =>
    sharp(plate)
      .extract({ ...cell, width: 158, height: 104 })
      .png()
      .toBuffer(),
  );
  return sharp(await Promise.all(frames), { join: { animated: true } })
    .gif({ delay: cells.map(() => 90), colours: 32 })
    .toBuffer();
}

/** Three photographs, of which the second is on the list. */
async function slideShow(): Promise<Buffer> {
  const names = ['french-alpine-landscape', 'nagasaki-boats', 'allium-oreophilum'] as const;
  const frames = names.map((name) => sharp(photographFile(name)).resize(480, 360, { fit: 'fill' }).png().toBuffer());
  return sharp(await Promise.all(frames), { join: { animated: true } })
    .webp({ quality: 60, delay: names.map(() => 1_200) })
    .toBuffer();
}

async function movingBalloons(): Promise<Buffer> {
  const times = Array.from({ length: SCENE_SECONDS * 2 }, (_, i) => i / 2);
  const frames = times.map((seconds) =>
    sharp(Buffer.from(drawFrame('balloons', seconds)))
      .resize(240)
      .png()
      .toBuffer(),
  );
  return sharp(await Promise.all(frames), { join: { animated: true } })
    .gif({ delay: times.map(() => 200), colours: 64, dither: 0 })
    .toBuffer();
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
