/**
 * node --conditions=source packages/e2e/bench/main.ts
 * Measures what checks cost the page: the longest task of its main thread during 50 checks of 12-megapixel pictures, one after
 * the other, from Chromium's trace. Two controls show that the measurement is sensitive: the page at rest, and the page while it
 * reads the same picture's pixels itself.
 */
import { launchOptions } from '@lodestone/audit/browsers';
import { ensureBrowser } from '@lodestone/tools/engines/install';
import { chromium, type Page } from '@playwright/test';
import { answerOf } from '../test/fixture/engine-pages.ts';
import { servePages } from '../test/fixture/host-page.ts';
import { MEMORY_FILE } from '@lodestone/tools/engines/chosen';
import { longestTasks, traced } from './trace.ts';

const CHECKS = 50;
const [WIDTH, HEIGHT] = [4_000, 3_000];

const found = await ensureBrowser('chromium', { memoryFile: MEMORY_FILE, say: console.error });
const browser = await chromium.launch(launchOptions(found));
const pages = await servePages();
try {
  const page = await browser.newPage();
  await page.goto(pages.add({}));
  if ((await answerOf(() => page.title())).outcome !== 'match') throw new Error('the guard does not work');
  const { bytes } = await makePictures(page);
  console.log(
    `Chromium ${browser.version()}: ${CHECKS} checks, ${WIDTH}×${HEIGHT}, JPEG of ${(bytes / 1e6).toFixed(1)} MB`,
  );
  console.log(`${'longest task of the main thread'.padEnd(38)}  by clock processor   tasks    busy`);
  const rows = [
    await measured(page, 'at rest', () => page.waitForTimeout(5_000)),
    await measured(page, `${CHECKS} checks`, () => page.evaluate((count) => self.checkPictures(count), CHECKS)),
    await measured(page, 'control: decoded and read by the page', () => page.evaluate(() => self.readPixels())),
  ];
  for (const row of rows) console.log(row);
} finally {
  await browser.close();
  pages.close();
}

declare global {
  interface Window {
    checkPictures(count: number): Promise<void>;
    readPixels(): Promise<number>;
  }
}

/** Photograph-like: slopes, edges and some noise. Each check has its own picture, so that no result is cached. */
function makePictures(page: Page): Promise<{ bytes: number }> {
  return page.evaluate(
    async ([width, height]) => {
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext('2d');
      if (!context) throw new Error('no canvas');
      const slope = context.createLinearGradient(0, 0, width, height);
      for (const [at, colour] of ['#123', '#a64', '#eed', '#37a'].entries()) slope.addColorStop(at / 3, colour);
      context.fillStyle = slope;
      context.fillRect(0, 0, width, height);
      for (let i = 0; i < 40_000; i++) {
        context.fillStyle = `hsl(${(i * 47) % 360} 50% ${(i * 13) % 100}% / 0.3)`;
        context.fillRect((i * 7_919) % width, (i * 104_729) % height, 1 + (i % 90), 1 + (i % 70));
      }
      const jpeg = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 });
      self.checkPictures = async (count) => {
        for (let i = 0; i < count; i++) {
          // A comment after the end of the picture makes it another file.
          const outcomes = await self.checkMore(new Blob([jpeg, `${i}`]), 1);
          if (outcomes[0] !== 'clear') throw new Error(`check ${i}: ${outcomes[0]}`);
        }
      };
      self.readPixels = async () => {
        const bitmap = await createImageBitmap(jpeg);
        context.drawImage(bitmap, 0, 0);
        return context.getImageData(0, 0, width, height).data.length;
      };
      return { bytes: jpeg.size };
    },
    [WIDTH, HEIGHT] as const,
  );
}

async function measured(page: Page, what: string, work: () => Promise<unknown>): Promise<string> {
  const started = Date.now();
  const events = await traced(page, work);
  const elapsedMs = Date.now() - started;
  const { byClock, byProcessor, busyMs, count } = longestTasks(events, page.url());
  const ms = (time: number): string => `${time.toFixed(1)} ms`.padStart(9);
  const share = `${((100 * busyMs) / elapsedMs).toFixed(1)} %`.padStart(7);
  return `${what.padEnd(38)} ${ms(byClock)} ${ms(byProcessor)} ${String(count).padStart(7)} ${share}`;
}
