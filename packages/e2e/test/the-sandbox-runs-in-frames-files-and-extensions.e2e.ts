/** Sandboxes in a page inside another site's frame, in a page opened as a file, and in a browser extension. Spec: docs/design/sandbox.md#document, docs/integrate/csp.md */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, expect, type Page, test } from '@playwright/test';
import { launchOptions } from '@lodestone/audit/browsers';
import { ensureBrowser } from '@lodestone/tools/engines/install';
import { MEMORY_FILE } from '@lodestone/tools/engines/chosen';
import { ALL_TAG } from '@lodestone/tools/run/test-plan';
import { answerOf } from './fixture/engine-pages.ts';
import { builtSandbox, type HostPages, pageHtml, servePages } from './fixture/host-page.ts';

const DOC = path.join(import.meta.dirname, '../../../docs/integrate/csp.md');
const MATCH = { outcome: 'match', sandbox: { state: 'ready' }, violated: [] };

let pages: HostPages;
let folder: string;
test.describe.configure({ mode: 'default' });
test.beforeAll(async () => {
  pages = await servePages();
  folder = await mkdtemp(path.join(tmpdir(), 'lodestone-places-'));
  await writeFile(path.join(folder, 'index.html'), pageHtml('page.js'));
  await writeFile(path.join(folder, 'page.js'), pages.script);
  await writeFile(path.join(folder, 'sandbox.html'), builtSandbox);
});
test.afterAll(async () => {
  pages.close();
  await rm(folder, { recursive: true, force: true });
});

async function goes(page: Page, url: string): Promise<unknown> {
  await page.goto(url);
  return answerOf(() => page.title());
}

for (const [way, served] of [
  ['inlined', undefined],
  ['served', { headers: {} }],
] as const) {
  test(`${way}: the sandbox works in a page inside another site’s frame`, { tag: ALL_TAG }, async ({ page }) => {
    const inner = pages.add({}, served);
    const outer = pages.addText(
      `<!doctype html><title>waiting</title>
       <script>addEventListener('message', ({ data }) => { document.title = data; });</script>
       <iframe src="${inner}"></iframe>`,
    );
    // The same server with another host name is another site.
    expect(await goes(page, outer.replace('127.0.0.1', 'localhost'))).toMatchObject(MATCH);
  });

  test(`${way}: the sandbox works in a page opened as a file`, { tag: ALL_TAG }, async ({ page }) => {
    const query = pages.query(served && 'sandbox.html');
    expect(await goes(page, `${pathToFileURL(path.join(folder, 'index.html')).href}${query}`)).toMatchObject(MATCH);
  });
}

test(
  'in an extension, the inlined sandbox fails with the manifest entry to add, and a sandboxed page works',
  { tag: ALL_TAG },
  async () => {
    const extension = path.join(folder, 'extension');
    for (const file of ['index.html', 'page.js', 'sandbox.html']) {
      await cp(path.join(folder, file), path.join(extension, file));
    }
    const [, documented = ''] =
      /^An extension's manifest:\n\n```json\n([^`]*)```/m.exec(await readFile(DOC, 'utf8')) ?? [];
    const manifest = {
      manifest_version: 3,
      name: 'A host',
      version: '1',
      host_permissions: ['http://127.0.0.1/*'],
      ...(JSON.parse(documented) as object),
    };
    await writeFile(path.join(extension, 'manifest.json'), JSON.stringify(manifest));

    const found = await ensureBrowser('chromium', { memoryFile: MEMORY_FILE, say: (line) => console.error(line) });
    if (found.driver !== 'playwright') throw new Error('Chromium is driven by Playwright');
    const { args = [], ...options } = launchOptions(found);
    const context = await chromium.launchPersistentContext(path.join(folder, 'profile'), {
      ...options,
      args: [...args, `--disable-extensions-except=${extension}`, `--load-extension=${extension}`],
      // Playwright disables extensions.
      ignoreDefaultArgs: ['--disable-extensions'],
    });
    try {
      const page = await context.newPage();
      const base = await addressOfExtension(page);
      expect(await goes(page, `${base}index.html${pages.query('sandbox.html')}`)).toMatchObject(MATCH);

      expect(await goes(page, `${base}index.html${pages.query()}`)).toMatchObject({
        outcome: 'unscannable',
        sandbox: {
          state: 'failed',
          error: { code: 'ERR_SANDBOX_POLICY', message: expect.stringContaining('sandbox.pages') },
        },
      });
    } finally {
      await context.close();
    }
  },
);

/** Reads the extension's id from Chromium's page of extensions. */
async function addressOfExtension(page: Page): Promise<string> {
  await page.goto('chrome://extensions');
  const id = await page.locator('extensions-item').first().getAttribute('id');
  if (!id) throw new Error('Chromium did not load the extension');
  return `chrome-extension://${id}/`;
}
