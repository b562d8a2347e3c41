/**
 * `npm run scoring`: trains the tables by which authorities score rows before they lock them, and writes `src/score/tables.generated.ts`. `--check`
 * trains them and only compares; `--figures` prints what they do with photographs and pictures of weak classes that they were not trained with.
 * Promise: the same packages, the same pinned Node and sharp give the same bytes. Spec: docs/detection/locked-scoring.md#training
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { loadPdq, type Pdq } from '@lodestone/pdq';
import { publishedPhotographs } from '@lodestone/testkit/published-photographs';
import { loadBlake3 } from '../src/blake3.ts';
import { subsetsOf } from '../src/subsets.ts';
import { samplesOf } from './training/bits.ts';
import { channelsOf, type GreyPicture } from './training/canvas.ts';
import { trainClass } from './training/class-model.ts';
import { CLASSES } from './training/class-pictures.ts';
import { LEAST_QUALITY, type Photograph, photographsOf } from './training/photographs.ts';
import { orderOf, trainPhotographs } from './training/photograph-model.ts';
import { quantized } from './training/quantize.ts';
import { seeded } from './training/random.ts';
import { printFigures } from './training/report.ts';

const SUBSETS = 16;
const [SMALLER, LARGER] = [96, 112];
/** Of each class: drawn; those of a low quality are left out. */
const DRAWN = 1_500;
const WRITTEN = path.join(import.meta.dirname, '../src/score/tables.generated.ts');
const CACHE = path.join(import.meta.dirname, '../../../.cache/photographs');

const { values } = parseArgs({
  options: { check: { type: 'boolean', default: false }, figures: { type: 'boolean', default: false } },
});
const started = performance.now();
const say = (line: string): void =>
  console.log(`${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${line}`);

const pdq = await loadPdq();
const blake3 = await loadBlake3();
const larger = subsetsOf(blake3, { subsets: SUBSETS, bits: LARGER });
const smaller = subsetsOf(blake3, { subsets: SUBSETS, bits: SMALLER });
const orders = larger.map((subset, j) => orderOf(subset, smaller[j] as Uint8Array));

const photographs = await photographsOf(pdq, await publishedPhotographs(CACHE));
say(`${photographs.length} photographs, ${photographs.reduce((sum, { hashes }) => sum + hashes.length, 0)} hashes`);
const thumbnails = photographs.map(({ thumbnail }) => thumbnail);
const trained = CLASSES.filter(({ isTrained }) => isTrained);
const classes = trained.flatMap(({ draw }, c) =>
  trainClass(samplesOf(drawn(pdq, draw, DRAWN, 7_000 + c, thumbnails)), 9_000 + c),
);
say(`${trained.length} classes, ${classes.length} tables`);
const tables = tablesWith(photographs);
const digest = createHash('sha256').update(tables).digest('hex');
say(`${tables.length} bytes, SHA-256 ${digest}`);

const text = `// Made by \`npm run scoring\`. See docs/detection/locked-scoring.md.
export const digest = '${digest}';
export const base64: string =
  '${Buffer.from(tables).toString('base64')}';
`;
if (values.check) {
  const same = readFileSync(WRITTEN, 'utf8') === text;
  process.exitCode = same ? 0 : 1;
  say(same ? 'the same bytes as in the repository' : 'other bytes than in the repository');
} else {
  writeFileSync(WRITTEN, text);
  say(`written to ${path.relative(process.cwd(), WRITTEN)}`);
}
if (values.figures) await printFigures({ pdq, photographs, tables, tablesWith, draw: drawn });

/** The tables with these photographs; the classes are always the same. */
function tablesWith(some: readonly Photograph[]): Uint8Array {
  const samples = samplesOf(some.flatMap(({ hashes }) => hashes));
  return quantized(trainPhotographs(samples, orders), classes, SMALLER);
}

/** Hashes of pictures of a class. */
function drawn(
  hasher: Pdq,
  draw: (typeof CLASSES)[number]['draw'],
  count: number,
  seed: number,
  from: readonly GreyPicture[],
): Uint8Array[] {
  const random = seeded(seed);
  const supplies = { random, photograph: () => random.of(from) };
  return Array.from({ length: count }, () => hasher.hash(channelsOf(draw(supplies))))
    .filter(({ quality }) => quality >= LEAST_QUALITY)
    .map(({ hash }) => hash);
}
