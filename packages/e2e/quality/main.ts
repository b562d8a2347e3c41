/**
 * `npm run quality`: measures which edited copies of free photographs are found, and how near different photographs are, and writes
 * docs/detection/quality.md with its plots. `--text` writes the page again from the figures of the last run, without measuring.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { photographFile, PHOTOGRAPHS } from '@lodestone/testkit/photographs';
import { publishedPhotographs } from '@lodestone/testkit/published-photographs';
import { figuresOf, type QualityFigures, SAMPLE_EVERY } from './figures.ts';
import { type EngineFigures, measureInEngines } from './in-engines.ts';
import { measure } from './measure-in-threads.ts';
import { type FalseMatches, measureFalseMatches } from './false-matches.ts';
import { pageOf } from './page.ts';
import { differentPlot, recallPlot } from './plot.ts';

const { values } = parseArgs({
  options: { count: { type: 'string', default: '400' }, text: { type: 'boolean', default: false } },
});
const ROOT = path.join(import.meta.dirname, '../../..');
const FOLDER = path.join(ROOT, 'docs/detection/quality');
const KEPT = path.join(FOLDER, 'figures.json');
const KEPT_ENGINES = path.join(FOLDER, 'engines.json');
const KEPT_FALSE_MATCHES = path.join(FOLDER, 'false-matches.json');

if (!values.text) {
  const published = await publishedPhotographs(path.join(ROOT, '.cache/photographs'));
  const files = [...PHOTOGRAPHS.map(photographFile), ...published].slice(0, Number(values.count));
  console.log(`${files.length} photographs`);
  const engines = await measureInEngines(files, SAMPLE_EVERY, console.log);
  const [measured, falseMatches] = await Promise.all([
    measure(files, console.log),
    measureFalseMatches(files, console.log),
  ]);
  await mkdir(FOLDER, { recursive: true });
  await writeFile(KEPT, `${JSON.stringify(figuresOf(measured))}\n`);
  await writeFile(KEPT_FALSE_MATCHES, `${JSON.stringify(falseMatches)}\n`);
  await writeFile(KEPT_ENGINES, `${JSON.stringify(engines)}\n`);
}
const figures = JSON.parse(await readFile(KEPT, 'utf8')) as QualityFigures;
const falseMatches = JSON.parse(await readFile(KEPT_FALSE_MATCHES, 'utf8')) as FalseMatches;
const engines = JSON.parse(await readFile(KEPT_ENGINES, 'utf8')) as EngineFigures;
await writeFile(path.join(FOLDER, 'recall.svg'), recallPlot(figures));
await writeFile(path.join(FOLDER, 'different.svg'), differentPlot(figures));
await writeFile(path.join(ROOT, 'docs/detection/quality.md'), pageOf(figures, falseMatches, engines));
console.log(`quality: ${figures.photographs} photographs, docs/detection/quality.md written`);
