/** docs/detection/media.md is what the script writes from the format table, the limits and the kept figures. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Figures } from '../media/figures.ts';
import { pageOf } from '../media/page-of-media.ts';

const DETECTION = path.join(import.meta.dirname, '../../../docs/detection');

test('run `npm run media -- --text` after a change of a table or limit', async () => {
  const figures = JSON.parse(await readFile(path.join(DETECTION, 'media/figures.json'), 'utf8')) as Record<
    string,
    Figures
  >;
  expect(await readFile(path.join(DETECTION, 'media.md'), 'utf8')).toBe(pageOf(figures));
});
