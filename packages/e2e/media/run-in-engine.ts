/**
 * Runs a page in one engine that answers for one item after the other. Flow: a report's measurement → here ⇄ its page. Promise: a page
 * that fails or is silent is an error.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Engine, type FoundBrowser, launchOptions, openWebKit } from '@lodestone/audit/browsers';
import { bundle } from '@lodestone/tools/bundle';
import { MEMORY_FILE } from '@lodestone/tools/engines/chosen';
import { ensureBrowser } from '@lodestone/tools/engines/install';
import { serve } from '@lodestone/tools/web-server';
import { chromium, firefox, webkit } from '@playwright/test';

/** Serves a page with its items, opens it in the engine, and waits for its answers. */
export interface EngineRun {
  readonly engine: Engine;
  /** The page's script, which is bundled. */
  readonly script: string;
  /** `/input`: what the page needs before the items, as JSON. */
  readonly input: unknown;
  /** `/items/0` and so on. */
  readonly items: number;
  readonly bytesOf: (item: number) => Promise<Uint8Array>;
  readonly say: (line: string) => void;
}

const SILENCE_MS = 120_000;
const PAGE = '<!doctype html><html lang="en"><title>run</title><script type="module" src="/page.js"></script></html>';

/** @returns the answers of the page, in their order */
export async function runInEngine<Answer>({
  engine,
  script,
  input,
  items,
  bytesOf,
  say,
}: EngineRun): Promise<{ version: string; answers: Answer[] }> {
  const answers: Answer[] = [];
  let lastHeard = Date.now();
  let hasEnded = false;
  let broken: string | undefined;
  const plain = { type: 'text/plain', body: '' };
  const json = JSON.stringify(input);
  const js = await bundle({ file: script });
  const server = await serve({
    port: 0,
    handlers: [
      async ({ url, body }) => {
        lastHeard = Date.now();
        switch (url.pathname) {
          case '/':
            return { type: 'text/html', body: PAGE };
          case '/page.js':
            return { type: 'text/javascript', body: js };
          case '/input':
            return { type: 'application/json', body: json };
          case '/answer':
            answers.push(JSON.parse(body.toString()) as Answer);
            if (answers.length % 100 === 0) say(`${engine}: ${answers.length} of ${items}`);
            return plain;
          case '/end':
            hasEnded = true;
            return plain;
          case '/broken':
            broken = body.toString();
            return plain;
          default: {
            const item = Number(/^\/items\/(\d+)$/.exec(url.pathname)?.[1]);
            return item < items
              ? { type: 'application/octet-stream', body: Buffer.from(await bytesOf(item)) }
              : undefined;
          }
        }
      },
    ],
  });
  const found = await ensureBrowser(engine, { memoryFile: MEMORY_FILE, say });
  const close = await open(found, `${server.origin}/`);
  try {
    while (!hasEnded) {
      await sleep(100);
      if (broken) throw new Error(`${engine}: the page failed: ${broken}`);
      if (Date.now() - lastHeard > SILENCE_MS)
        throw new Error(`${engine}: the page is silent after ${answers.length} answers`);
    }
  } finally {
    await close();
    await server.close();
  }
  return { version: found.version, answers };
}

/** @returns what closes it */
async function open(found: FoundBrowser, url: string): Promise<() => Promise<void>> {
  if (found.driver === 'webdriver') {
    const window = await openWebKit(found);
    await window.open(url);
    return () => window.close();
  }
  const browser = await { chromium, firefox, webkit }[found.engine].launch(launchOptions(found));
  const page = await browser.newPage();
  await page.goto(url);
  return () => browser.close();
}
