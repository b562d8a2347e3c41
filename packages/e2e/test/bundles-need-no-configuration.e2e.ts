/**
 * A host bundles the packed client (dist, not source) with Vite and with esbuild, without plug-ins and configuration, and
 * checks a picture. In plain Node, an import of the client has no effect.
 */
import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import path from 'node:path';
import { promisify } from 'node:util';
import { createTestAuthority } from '@lodestone/client/testing';
import { expect, test } from '@playwright/test';
import { build as esbuild } from 'esbuild';
import { build as vite } from 'vite';
import { commandOf } from '@lodestone/tools/run/program';

const E2E = path.join(import.meta.dirname, '..');
const run = promisify(execFile);

const PAGE = `
import { createGuard } from '@lodestone/client';
import { testPicture } from '@lodestone/client/testing';
const { authorities, endpoint } = await (await fetch('/authorities.json')).json();
const source = ({ name, url, root }) => ({ name, url, root: Uint8Array.from(root) });
const guard = createGuard({
  authorities: { orders: authorities.orders.map(source), lists: authorities.lists.map(source), provider: source(authorities.provider) },
  endpoint,
});
while (!guard.status.lists[0]?.release) await new Promise((resolve) => guard.subscribe(resolve));
document.title = JSON.stringify(await guard.check(testPicture(), { surface: 'send' }));
`;
const HTML =
  '<!doctype html><html lang="en"><title>waiting</title><script type="module" src="./page.js"></script></html>';

let folder: string;
let server: Server;
let address: string;
let pages: Map<string, Buffer>;

test.beforeAll(async () => {
  test.setTimeout(180_000);
  await run(process.execPath, [commandOf('typescript', 'tsc'), '-b', path.join(E2E, '../client')]);
  await mkdir(path.join(E2E, '.cache'), { recursive: true });
  folder = await mkdtemp(path.join(E2E, '.cache/bundles-')); // inside the package, where its dependencies resolve
  await writeFile(path.join(folder, 'index.html'), HTML);
  await writeFile(path.join(folder, 'page.js'), PAGE);
  server = createServer((request, response) => {
    const body = pages.get(new URL(request.url ?? '/', address).pathname);
    const type = request.url?.endsWith('.js')
      ? 'text/javascript'
      : request.url?.endsWith('.html')
        ? 'text/html'
        : 'application/octet-stream';
    response.writeHead(body ? 200 : 404, { 'content-type': type }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  if (typeof bound !== 'object' || !bound) throw new Error('no address');
  address = `http://localhost:${bound.port}`;
  const { authorities, files } = await createTestAuthority({ url: `${address}/authority/` });
  const plain = JSON.stringify({ authorities, endpoint: `${address}/v1/signals` }, (_, value) =>
    value instanceof Uint8Array ? [...value] : value,
  );
  pages = new Map([...files].map(([name, bytes]) => [`/authority/${name}`, Buffer.from(bytes)]));
  pages.set('/authorities.json', Buffer.from(plain));
});
test.afterAll(async () => {
  server?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const BUNDLERS: [name: string, bundle: (out: string) => Promise<unknown>][] = [
  ['Vite', (out) => vite({ root: folder, logLevel: 'error', build: { outDir: out } })],
  [
    'esbuild, one file',
    async (out) => {
      await esbuild({ entryPoints: [path.join(folder, 'page.js')], bundle: true, format: 'esm', outdir: out });
      await writeFile(path.join(out, 'index.html'), HTML);
    },
  ],
  [
    'esbuild, minified and split',
    async (out) => {
      await esbuild({
        entryPoints: [path.join(folder, 'page.js')],
        bundle: true,
        format: 'esm',
        splitting: true,
        minify: true,
        outdir: out,
      });
      await writeFile(path.join(out, 'index.html'), HTML);
    },
  ],
];

for (const [name, bundle] of BUNDLERS) {
  test(`a page bundled by ${name} checks a picture`, async ({ page }) => {
    const out = path.join(folder, `out-${name.replaceAll(/\W+/g, '-')}`);
    await bundle(out);
    const base = `/${path.basename(out)}`;
    for (const file of globSync('**/*.{js,html}', { cwd: out })) {
      pages.set(`${base}/${file}`, await readFile(path.join(out, file)));
    }
    // Vite writes asset addresses from the site's root.
    for (const [file, body] of pages) if (file.startsWith(`${base}/assets/`)) pages.set(file.slice(base.length), body);
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(`${address}${base}/index.html`);
    await expect(page).toHaveTitle(/^\{"outcome":"match","action":"block","orders":\["[0-9a-f]{64}"\]\}$/, {
      timeout: 20_000,
    });
    expect(errors).toEqual([]);
  });
}

test('an import in plain Node has no effect, and a guard stays idle there', async () => {
  const script = `
    const before = new Set(Object.keys(globalThis));
    const { createGuard } = await import('@lodestone/client');
    await import('@lodestone/client/testing');
    const source = { name: 'a', url: 'https://a.example/', root: { signed: { _type: 'root' }, signatures: [] } };
    const guard = createGuard({ authorities: { orders: [], lists: [], provider: source }, endpoint: 'https://a.example/v1/signals' });
    await guard.ready;
    const error = await guard.check(new Blob([]), { surface: 'send' }).catch((error) => error);
    // zod stores its registry there; nothing else may appear.
    const added = Object.keys(globalThis).filter((key) => !before.has(key) && !key.startsWith('__zod_'));
    console.log(JSON.stringify(added), guard.status.state, error.code);`;
  // Playwright sets FORCE_COLOR, and Node warns on standard error if NO_COLOR is set too.
  const env = { ...process.env, NO_COLOR: '' };
  const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: E2E, env });
  expect(stderr).toBe('');
  expect(stdout.trim()).toBe('[] idle ERR_NO_DOCUMENT');
});
