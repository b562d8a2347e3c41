/**
 * `npm run media`: measures how far the sandbox's hashes are from the reference's, in each engine, over free photographs, and writes
 * docs/detection/media.md with its plots. `--text` writes the page again from the figures of the last run, without measuring.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ENGINES } from '@lodestone/audit/browsers';
import { type Figures, figuresOf } from './figures.ts';
import { measure } from './measure.ts';
import { pageOf } from './page-of-media.ts';
import { photographs } from './photographs.ts';
import { plotOf } from './plot.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '300' },
    engine: { type: 'string', multiple: true, default: [...ENGINES] },
    text: { type: 'boolean', default: false },
  },
});
const ROOT = path.join(import.meta.dirname, '../../..');
const FOLDER = path.join(ROOT, 'docs/detection/media');
const KEPT = path.join(FOLDER, 'figures.json');

const figures: Record<string, Figures> = JSON.parse(await readFile(KEPT, 'utf8').catch(() => '{}')) as never;
if (!values.text) {
  const all = await photographs(path.join(ROOT, '.cache/photographs'), Number(values.count), console.log);
  for (const engine of ENGINES.filter((name) => values.engine.includes(name))) {
    const { version, answers } = await measure(engine, all, console.log);
    figures[engine] = figuresOf(version, all, answers);
    await writeFile(KEPT, `${JSON.stringify(figures, null, 2)}\n`);
  }
}
for (const engine of ENGINES) {
  const figure = figures[engine];
  if (figure) await writeFile(path.join(FOLDER, `drift-${engine}.svg`), plotOf(engine, figure));
}
await writeFile(path.join(ROOT, 'docs/detection/media.md'), pageOf(figures));
console.log(`media: ${Object.keys(figures).length} engines, docs/detection/media.md written`);
