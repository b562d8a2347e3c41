/**
 * Lets the built sandbox of one engine look up pictures, each among the hash that the reference gives for it.
 * Flow: main → here ⇄ page. Promise: one answer for each picture, in their order.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Engine, type FoundBrowser, launchOptions, openWebKit } from '@lodestone/audit/browsers';
import { bundle } from '@lodestone/tools/bundle';
import { MEMORY_FILE } from '@lodestone/tools/engines/chosen';
import { ensureBrowser } from '@lodestone/tools/engines/install';
import { serve } from '@lodestone/tools/web-server';
import { chromium, firefox, webkit } from '@playwright/test';
import type { Answer, Wanted } from './page.ts';

export interface Measured {
  readonly version: string;
  readonly answers: readonly Answer[];
}

export interface MeasuredPicture extends Wanted {
  readonly file: string;
}

const SILENCE_MS = 120_000;
const PAGE = '<!doctype html><html lang="en"><title>media</title><script type="module" src="/page.js"></script></html>';

export async function measure(
  engine: Engine,
  pictures: readonly MeasuredPicture[],
  say: (line: string) => void,
): Promise<Measured> {
  const answers: Answer[] = [];
  let lastHeard = Date.now();
  let hasEnded = false;
  let broken: string | undefined;
  const plain = { type: 'text/plain', body: '' };
  const json = JSON.stringify(pictures.map(({ hash }) => ({ hash })));
  const js = await bundle({ file: path.join(import.meta.dirname, 'page.ts') });
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
          case '/pictures':
            return { type: 'application/json', body: json };
          case '/answer':
            answers.push(JSON.parse(body.toString()) as Answer);
            if (answers.length % 100 === 0) say(`${engine}: ${answers.length} of ${pictures.length}`);
            return plain;
          case '/end':
            hasEnded = true;
            return plain;
          case '/broken':
            broken = body.toString();
            return plain;
          default: {
            const picture = pictures[Number(/^\/pictures\/(\d+)$/.exec(url.pathname)?.[1])];
            return picture && { type: 'application/octet-stream', body: await readFile(picture.file) };
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
        throw new Error(`${engine}: the page is silent after ${answers.length} pictures`);
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
