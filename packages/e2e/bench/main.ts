/**
 * node --conditions=source packages/e2e/bench/main.ts
 * Measures what checks cost the page: the longest task of its main thread during 50 checks of 12-megapixel pictures, one after
 * the other, from Chromium's trace. Two controls show that the measurement is sensitive: the page at rest, and the page while it
 * reads the same picture's pixels itself.
 */
import { launchOptions } from '@lodestone/audit/browsers';
import { ensureBrowser } from '@lodestone/tools/engines/install';
import { type Browser, chromium, type Page } from '@playwright/test';
import { answerOf } from '../test/fixture/engine-pages.ts';
import { servePages } from '../test/fixture/host-page.ts';
import { MEMORY_FILE } from '@lodestone/tools/engines/chosen';

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

interface TraceEvent {
  name: string;
  pid: number;
  tid: number;
  /** Elapsed time, and processor time of the thread; microseconds. */
  dur?: number;
  tdur?: number;
  args?: { name?: string; data?: { frames?: { url: string; processId: number }[] } };
}

/**
 * Elapsed time includes waiting: a task pauses while other work uses the processors. So both are reported: elapsed time and
 * processor time.
 */
async function measured(page: Page, what: string, work: () => Promise<unknown>): Promise<string> {
  const started = Date.now();
  const events = await traced(page.context().browser(), page, work);
  const elapsedMs = Date.now() - started;
  const pid = processOf(events, page.url());
  const main = events.find(
    ({ name, pid: at, args }) => name === 'thread_name' && at === pid && args?.name === 'CrRendererMain',
  );
  const tasks = events.filter((event) => event.pid === pid && event.tid === main?.tid && event.name === 'RunTask');
  if (tasks.length === 0) throw new Error(`${what}: the trace has no task of the page's main thread`);
  const [clock, processor] = (['dur', 'tdur'] as const).map((key) => tasks.map((task) => (task[key] ?? 0) / 1_000));
  const longest = (times: readonly number[] = []): string => `${Math.max(...times).toFixed(1)} ms`.padStart(9);
  const busy = (processor ?? []).reduce((sum, ms) => sum + ms, 0);
  const share = `${((100 * busy) / elapsedMs).toFixed(1)} %`.padStart(7);
  return `${what.padEnd(38)} ${longest(clock)} ${longest(processor)} ${String(tasks.length).padStart(7)} ${share}`;
}

async function traced(browser: Browser | null, page: Page, work: () => Promise<unknown>): Promise<TraceEvent[]> {
  if (!browser) throw new Error('a page without a browser');
  await browser.startTracing(page, { categories: ['devtools.timeline', 'disabled-by-default-devtools.timeline'] });
  await work();
  const trace = JSON.parse((await browser.stopTracing()).toString('utf8')) as { traceEvents: TraceEvent[] };
  return trace.traceEvents;
}

/** The page's process: its sandbox may have another. */
function processOf(events: readonly TraceEvent[], url: string): number {
  for (const { name, args } of events) {
    const frame = name === 'TracingStartedInBrowser' && args?.data?.frames?.find((one) => one.url === url);
    if (frame) return frame.processId;
  }
  throw new Error(`the trace does not name the process of ${url}`);
}
