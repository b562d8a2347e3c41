/** Stickers of 200 frames, in Chromium: how long their later frames take, beside decoding all frames alone. */
import path from 'node:path';
import type { ChromiumFigures, RunInChromium } from '@lodestone/testkit/bench/chromium';
import type { Row } from '@lodestone/testkit/bench/race';
import { stickers } from '../test/stickers.ts';

export async function bench(runInChromium: RunInChromium): Promise<ChromiumFigures> {
  const rows: Row[] = [];
  let environment = '';
  await runInChromium(
    path.join(import.meta.dirname, 'stickers-suite.ts'),
    { slowdown: 1, files: await stickers() },
    (name) => (environment = name),
    (row) => void rows.push(row),
  );
  return { environment, rows, summary: `sandbox bench of stickers: ${rows.length} figures` };
}
