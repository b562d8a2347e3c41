/** docs/detection/quality.md and its plots are what the script writes from the kept figures, and the figures are of the edits as they are. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { EDITS } from '../quality/edits.ts';
import type { FalseMatches } from '../quality/false-matches.ts';
import type { QualityFigures } from '../quality/figures.ts';
import type { EngineFigures } from '../quality/in-engines.ts';
import { pageOf } from '../quality/page.ts';
import { differentPlot, recallPlot } from '../quality/plot.ts';

const DETECTION = path.join(import.meta.dirname, '../../../docs/detection');
const read = (file: string): Promise<string> => readFile(path.join(DETECTION, file), 'utf8');
const figures = JSON.parse(await read('quality/figures.json')) as QualityFigures;
const falseMatches = JSON.parse(await read('quality/false-matches.json')) as FalseMatches;
const engines = JSON.parse(await read('quality/engines.json')) as EngineFigures;

test('run `npm run quality -- --text` after a change of the page, and `npm run quality` after one of an edit', async () => {
  expect(figures.edits.map(({ group, name }) => `${group}: ${name}`)).toEqual(
    EDITS.map(({ group, name }) => `${group}: ${name}`),
  );
  expect(await read('quality.md')).toBe(pageOf(figures, falseMatches, engines));
  expect(await read('quality/recall.svg')).toBe(recallPlot(figures));
  expect(await read('quality/different.svg')).toBe(differentPlot(figures));
});
