/**
 * Runs a package's `bench/suite.ts` in a page of Chromium, at full speed or slowed like a phone. Runs in a page and not in a
 * worker, because only pages can be slowed; the page is cross-origin isolated, which gives it a finer clock.
 */
import { chromium } from '@playwright/test';
import { launchOptions } from '@lodestone/audit/browsers';
import { ensureBrowser } from '../engines/install.ts';
import type { Conditions } from '@lodestone/testkit/bench/chromium';
import type { Budget, Row } from '@lodestone/testkit/bench/race';
import { bundle } from '../bundle.ts';
import { serve } from '../web-server.ts';
import { MEMORY_FILE } from '../engines/chosen.ts';

/** Chromium slows a page by pausing it, so a timed interval must be longer than a pause. */
const SLOWED_SAMPLE_MS = 20;

const ISOLATED = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};
const PAGE =
  '<!doctype html><html lang="en"><title>bench</title><script type="module" src="/suite.js"></script></html>';

/** @param begin receives the name of the environment @param say receives each figure as soon as it is measured */
export async function runInChromium(
  suiteFile: string,
  { slowdown, rowCounts, files = {} }: Conditions,
  begin: (environment: string) => void,
  say: (row: Row) => void,
): Promise<void> {
  const script = await scriptOf(suiteFile);
  const server = await serve({
    port: 0,
    handlers: [
      ({ url }) => {
        const body = files[url.pathname.replace('/files/', '')];
        return body && { type: 'application/octet-stream', body, headers: ISOLATED };
      },
      ({ url }) =>
        url.pathname === '/suite.js'
          ? { type: 'text/javascript', body: script, headers: ISOLATED }
          : { type: 'text/html', body: PAGE, headers: ISOLATED },
    ],
  });
  const browser = await chromium.launch(
    launchOptions(await ensureBrowser('chromium', { memoryFile: MEMORY_FILE, say: console.log })),
  );
  try {
    begin(`Chromium ${browser.version()}${slowdown === 1 ? '' : `, slowed ${slowdown} times`}`);
    const page = await browser.newPage();
    await page.exposeFunction('say', say);
    await page.goto(server.origin);
    await page.waitForFunction('globalThis.measure !== undefined');
    const session = await page.context().newCDPSession(page);
    await session.send('Emulation.setCPUThrottlingRate', { rate: slowdown });
    const options: Budget & { rowCounts?: readonly number[] } = {
      ...(rowCounts && { rowCounts }),
      ...(slowdown > 1 && { sampleMs: SLOWED_SAMPLE_MS }),
    };
    await page.evaluate(`measure(${JSON.stringify(options)})`);
  } finally {
    await browser.close();
    await server.close();
  }
}

/** Bundles the suite with a global `measure(options)`, which reports each row. */
function scriptOf(suiteFile: string): Promise<string> {
  const entry = `
    import { suite } from ${JSON.stringify(suiteFile)};
    globalThis.measure = async (options) => { for await (const row of suite(options)) await say(row); };`;
  return bundle({ text: entry, folder: import.meta.dirname });
}
