/**
 * `npm run bench`: runs each benchmark of the packages and models in turn, for a quiet machine: `bench/main.ts` in Node, then
 * `bench/suite.ts` in Chromium, at full speed and slowed four times; a `bench/chromium.ts` runs its own suites in Chromium.
 * `npm run bench -- pdq` runs those whose path contains a word; `--json FILE`, `--reference FILE` and `--rows N,N` are
 * passed on. Promise: the last line names each failure.
 */
import { existsSync, globSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { headline, line, readReference, writeFigures } from '@lodestone/testkit/bench/figures';
import type { ChromiumBench } from '@lodestone/testkit/bench/chromium';
import type { Row } from '@lodestone/testkit/bench/race';
import { ROOT, runNode, SOURCE } from './run/program.ts';

const { positionals: words, values } = parseArgs({
  options: { json: { type: 'string' }, reference: { type: 'string' }, rows: { type: 'string' } },
  allowPositionals: true,
});
const SLOWDOWNS = [1, 4];
const wanted = globSync('{packages,models}/*/bench/{main,chromium}.ts', { cwd: ROOT })
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .sort();
const files = Object.entries(values).filter(([name]) => name !== 'rows');
const passedOn = [
  ...files.map(([name, file]) => `--${name}=${path.resolve(file)}`),
  ...(values.rows === undefined ? [] : [`--rows=${values.rows}`]),
];

const failed: string[] = [];
for (const file of wanted) {
  console.log(`\n${file}`);
  if (path.basename(file) === 'chromium.ts') {
    await ownSuites(file).catch((error: unknown) => {
      console.error(error);
      failed.push(file);
    });
    continue;
  }
  if ((await runNode([SOURCE, file, ...passedOn])) !== 0) failed.push(file);
  const suite = path.join(ROOT, path.dirname(file), 'suite.ts');
  if (!existsSync(suite)) continue;
  for (const slowdown of SLOWDOWNS) {
    console.log();
    await inChromium(suite, slowdown).catch((error: unknown) => {
      console.error(error);
      failed.push(`${file} in Chromium`);
    });
  }
}

console.log(`\nbench: ${wanted.length} ran, ${failed.length} failed${failed.map((file) => `, ${file}`).join('')}`);
process.exitCode = failed.length === 0 && wanted.length > 0 ? 0 : 1;

async function ownSuites(file: string): Promise<void> {
  const { runInChromium } = await import('./bench/in-chromium.ts');
  const { bench } = (await import(pathToFileURL(path.join(ROOT, file)).href)) as ChromiumBench;
  const { environment, rows, summary } = await bench(runInChromium);
  console.log(headline(environment));
  for (const row of rows) console.log(line(row));
  if (values.json !== undefined) writeFigures(values.json, environment, [...rows]);
  console.log(summary);
}

async function inChromium(suite: string, slowdown: number): Promise<void> {
  // Loaded only if a suite runs in a browser.
  const { runInChromium } = await import('./bench/in-chromium.ts');
  // Reference figures are for full speed.
  const reference = values.reference && slowdown === 1 ? readReference(values.reference) : undefined;
  const rowCounts = values.rows?.split(',').map(Number);
  const rows: Row[] = [];
  let environment = '';
  await runInChromium(
    suite,
    { slowdown, ...(rowCounts && { rowCounts }) },
    (name) => console.log(headline((environment = name), reference)),
    (row) => {
      rows.push(row);
      console.log(line(row, reference));
    },
  );
  if (values.json !== undefined) writeFigures(values.json, environment, rows);
}
