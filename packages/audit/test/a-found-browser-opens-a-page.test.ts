/** Uses the browsers of this machine; a missing engine is skipped with the reason. In Chromium or, with `--long`, in each. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, firefox, webkit } from 'playwright';
import { afterAll, expect, test } from 'vitest';
import { ENGINES, findBrowser, launchOptions, openWebKit, type FoundBrowser } from '../src/browsers/index.ts';

const TYPES = { chromium, firefox, webkit };
const PAGE = 'data:text/html,<title>found</title>';
const START_TIMEOUT_MS = 180_000;

const folder = mkdtempSync(path.join(tmpdir(), 'lodestone-browsers-'));
const memoryFile = path.join(folder, 'deep/browsers.json');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function titleOf(found: FoundBrowser): Promise<unknown> {
  if (found.driver === 'webdriver') {
    const window = await openWebKit(found);
    await window.open(PAGE);
    const title = await window.run('return document.title + arguments[0]', '!');
    await window.close();
    return title;
  }
  const browser = await TYPES[found.engine].launch(launchOptions(found));
  const page = await browser.newPage();
  await page.goto(PAGE);
  const title = await page.evaluate('document.title + "!"');
  await browser.close();
  return title;
}

for (const engine of ENGINES) {
  const options = { timeout: START_TIMEOUT_MS, ...(engine !== 'chromium' && { tags: '@long' }) };
  test(`${engine} opens a page and runs a script`, options, async ({ skip }) => {
    const { found, refused } = await findBrowser(engine, memoryFile);
    if (found === undefined) return skip(`no ${engine} here: ${refused.join('; ')}`);
    expect(found.version).toMatch(/^\d/);
    expect(await titleOf(found)).toBe('found!');
  });
}

test('a found browser is remembered; a malformed or outdated memory file costs only another start', async () => {
  const { found } = await findBrowser('chromium', memoryFile);
  expect(Object.values(JSON.parse(readFileSync(memoryFile, 'utf8')) as object)).toContain(found?.version);
  writeFileSync(memoryFile, '{"playwright /usr/bin/chromium@1": "0.0.1"');
  expect((await findBrowser('chromium', memoryFile)).found).toEqual(found);
});
