/**
 * The demo's pictures, animations and videos: photographs, drawn scenes, and edited copies. Flow: recipes → here → an ignored folder →
 * the demo list, the chat's pictures to try, the smoke test, the end-to-end tests. Promise: they are built once per version of their inputs.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import type { Sample } from '@lodestone/example-vanilla-chat/configuration';
import { loadPdq } from '@lodestone/pdq';
import { cachedBuild, digestOfFiles } from '@lodestone/tools/build/cached-build';
import { type Recipe, RECIPES } from './recipes.ts';
import { drawFrame, SCENE_SECONDS, type SceneName } from './scenes.ts';

export interface Samples {
  folder: string;
  samples: readonly Sample[];
  /** The pictures and animations on the demo list. */
  listed: readonly string[];
  /** The pictures on the locked list. */
  locked: readonly string[];
  /** A CSV file with the hashes of the video on the demo list. */
  listedVideo: string;
}

/** With the lock file, because the photographs come from packages. */
const INPUTS = [
  'packages/demo/src/{samples,recipes,scenes,edited-copies}.ts',
  'packages/demo/clips/*',
  'models/shapes/src/*.ts',
  'pnpm-lock.yaml',
];
const THUMBNAIL_SIDE = 128;
const LISTED_VIDEO = {
  file: 'lighthouse.webm',
  scene: 'lighthouse',
  hashes: 'listed-video.csv',
  entry: 4_711,
} as const;

/** @param base start of the folder's name; git ignores it */
export async function makeSamples(base: string): Promise<Samples> {
  const samples = RECIPES.map(sampleOf);
  const { folder } = await cachedBuild(base, await digestOfFiles(INPUTS), async (into) => {
    await mkdir(path.join(into, 'thumbnails'));
    await Promise.all(RECIPES.map((recipe) => writeSample(into, recipe)));
    await writeFile(path.join(into, LISTED_VIDEO.hashes), await hashesOfVideo(into));
    await writeFile(path.join(into, 'samples.json'), JSON.stringify(samples));
  });
  const filesOf = (wanted: Sample['kind']): string[] =>
    samples.flatMap(({ file, kind }) =>
      kind === wanted && file !== LISTED_VIDEO.file ? [path.join(folder, file)] : [],
    );
  return {
    folder,
    samples,
    listed: filesOf('listed'),
    locked: filesOf('locked'),
    listedVideo: path.join(folder, LISTED_VIDEO.hashes),
  };
}

function sampleOf({ file, title, kind, about, thumbnailOf }: Recipe): Sample {
  return { file, title, kind, about, ...(thumbnailOf !== 'nothing' && { thumbnail: `thumbnails/${file}.webp` }) };
}

async function writeSample(into: string, recipe: Recipe): Promise<void> {
  const { file, make, thumbnailOf } = recipe;
  const bytes = await make();
  await writeFile(path.join(into, file), bytes);
  const { thumbnail } = sampleOf(recipe);
  if (thumbnail === undefined) return;
  const shown = thumbnailOf && thumbnailOf !== 'nothing' ? Buffer.from(drawFrame(thumbnailOf, 0)) : bytes;
  await sharp(shown).resize(THUMBNAIL_SIDE, THUMBNAIL_SIDE).webp().toFile(path.join(into, thumbnail));
}

/**
 * The listed video as exchange programs write hashes: its SHA-256, and a hash for each second. The frames are drawn, not decoded, because
 * that needs ffmpeg; what VP9 changes in them is a few bits.
 */
async function hashesOfVideo(folder: string): Promise<string> {
  const { file, scene, entry } = LISTED_VIDEO;
  const sha256 = createHash('sha256')
    .update(await readFile(path.join(folder, file)))
    .digest('hex');
  const frames = await Promise.all(Array.from({ length: SCENE_SECONDS }, (_, second) => hashOfFrame(scene, second)));
  const vpdq = `[${frames.map((frame) => `""${frame}""`).join(',')}]`;
  return `type,hash,entry\nsha256,${sha256},${entry}\nvpdq,"${vpdq}",${entry}\n`;
}

/** `hash,quality,timestamp` */
async function hashOfFrame(scene: SceneName, seconds: number): Promise<string> {
  const [pdq, { data, info }] = await Promise.all([
    loadPdq(),
    sharp(Buffer.from(drawFrame(scene, seconds)))
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true }),
  ]);
  const { hash, quality } = pdq.hash({ ...info, data: new Uint8Array(data), channels: 3 });
  return `${Buffer.from(hash).toString('hex')},${quality},${seconds}`;
}
