/** The samples of docs/start.md run as they are written, in a page of another origin than the repositories. */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { samplesOf } from '@lodestone/tools/docs/samples';
import { ROOT, SOURCE } from '@lodestone/tools/run/program';
import { ALL_TAG } from '@lodestone/tools/run/test-plan';
import { filesOf, serve } from '@lodestone/tools/web-server';
import type { Page } from '@playwright/test';
import { build } from 'esbuild';
import type { TestDemo } from './fixture/demo.ts';
import { expect, test } from './fixture/test.ts';

const E2E = path.join(import.meta.dirname, '..');
const HTML =
  '<!doctype html><html lang="en"><title>My app</title><script type="module" src="/start.js"></script></html>';
/** Where `npm start` serves its repositories. */
const DEMO = 'http://localhost:4601';
const startPage = await readFile(path.join(ROOT, 'docs/start.md'), 'utf8');
const samples = samplesOf(startPage).map(({ code }) => code);

test('the first sample blocks the test picture, and the console names the one problem that the page explains', async ({
  demo,
  page,
}) => {
  const [first = ''] = samples;
  expect(first).toContain(`${DEMO}/guard.json`);
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  await run(page, demo, first.replace(DEMO, demo.addresses.repositories), E2E);
  await expect(page.locator('body')).toHaveText('match: block');
  // The demo's order signals under a pseudonym, and this app has no accounts.
  const [problem, ...more] = said.filter((line) => line.startsWith('Lodestone'));
  expect(problem).toContain('ERR_SUBJECT (outbox): an order requires a pseudonym');
  expect(more).toEqual([]);
});

test(
  'the page’s commands sign a list, and its last sample blocks a picture of that list',
  { tag: ALL_TAG },
  async ({ demo, page }) => {
    await mkdir(path.join(E2E, '.cache'), { recursive: true });
    const folder = await mkdtemp(path.join(E2E, '.cache/start-')); // inside the package, where its dependencies resolve
    const my = path.join(folder, 'my');
    const server = await serve({ port: 0, handlers: [filesOf(my, '/', { 'Access-Control-Allow-Origin': '*' })] });
    try {
      await mkdir(path.join(folder, 'pictures'));
      await copyFile(demo.sample('mountains.jpg'), path.join(folder, 'pictures/mountains.jpg'));
      await writeFile(path.join(folder, 'order.json'), block('json'));
      const command = path.join(ROOT, 'packages/authority/src/cli/main.ts');
      const alias = `lodestone-authority() { '${process.execPath}' ${SOURCE} '${command}' "$@"; }`;
      const commands = block('sh').replace(/^alias .*$/m, alias);
      await promisify(execFile)('bash', ['-ec', commands], { cwd: folder });

      for (const name of ['lists', 'provider'])
        await copyFile(path.join(my, name, 'root.json'), path.join(folder, `my-${name}.root.json`));
      demo.intercept(({ url }) =>
        url.pathname === '/start-picture' ? filesOf(path.join(folder, 'pictures'), '/')(pictureRequest) : undefined,
      );
      const check = `
      const picture = await (await fetch('/start-picture')).blob();
      const { outcome, action } = await guard.check(picture, { surface: 'send' });
      document.body.textContent = \`\${outcome}: \${action}\`;`;
      const last = (samples.at(-1) ?? '').replaceAll('http://127.0.0.1:4700', server.origin);
      await run(page, demo, `${last}${check}`, folder);
      await expect(page.locator('body')).toHaveText('match: block');
    } finally {
      await server.close();
      await rm(folder, { recursive: true });
    }
  },
);

const pictureRequest = {
  method: 'GET',
  url: new URL('/mountains.jpg', DEMO),
  headers: new Headers(),
  body: Buffer.alloc(0),
};

/** The page's block of this language. */
function block(language: string): string {
  return new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'm').exec(startPage)?.[1] ?? '';
}

/** @param folder where the imports of the code resolve */
async function run(page: Page, demo: TestDemo, contents: string, folder: string): Promise<void> {
  const { outputFiles } = await build({
    stdin: { contents, loader: 'ts', resolveDir: folder },
    bundle: true,
    format: 'esm',
    conditions: ['source'],
    write: false,
    logLevel: 'silent',
  });
  const script = outputFiles[0]?.text ?? '';
  demo.intercept(({ url }) => {
    if (url.pathname === '/start') return { type: 'text/html', body: HTML };
    return url.pathname === '/start.js' ? { type: 'text/javascript', body: script } : undefined;
  });
  await page.goto(new URL('start', demo.chat).href);
}
