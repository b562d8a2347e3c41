/**
 * In Chromium: checks of 12-megapixel photographs, beside `createImageBitmap` of the same files; checks of videos of a minute, beside
 * decoding all their frames; and stickers of 200 frames, how long their later frames take, beside decoding all frames alone.
 */
import path from 'node:path';
import type { ChromiumFigures, RunInChromium } from '@lodestone/testkit/bench/chromium';
import type { Row } from '@lodestone/testkit/bench/race';
import { largePhotographs } from '../test/large-photographs.ts';
import { minuteClips } from '../test/minute-clips.ts';
import { stickers } from '../test/stickers.ts';

export async function bench(runInChromium: RunInChromium): Promise<ChromiumFigures> {
  const rows: Row[] = [];
  let environment = '';
  const suites = [
    ['stills-suite.ts', await largePhotographs()],
    ['videos-suite.ts', await minuteClips()],
    ['stickers-suite.ts', await stickers()],
  ] as const;
  for (const [suite, files] of suites) {
    await runInChromium(
      path.join(import.meta.dirname, suite),
      { slowdown: 1, files },
      (name) => (environment = name),
      (row) => void rows.push(row),
    );
  }
  return { environment, rows, summary: `sandbox bench in Chromium: ${rows.length} figures` };
}
