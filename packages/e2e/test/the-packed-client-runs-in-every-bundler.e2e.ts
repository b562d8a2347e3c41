/**
 * A host installs the packed client, bundles it with Vite, webpack, esbuild or Rollup, or loads it as modules without a bundler, and checks
 * a picture. In plain Node, an import of the client has no effect. The import map is the one of docs/integrate/bundlers.md.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { createTestAuthority } from '@lodestone/client/testing';
import { expect, test } from '@playwright/test';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { build as esbuild, transform } from 'esbuild';
import { rollup } from 'rollup';
import { build as vite } from 'vite';
import webpack from 'webpack';
import { commandOf, ROOT } from '@lodestone/tools/run/program';
import { ALL_TAG, LONG_TAG } from '@lodestone/tools/run/test-plan';
import { filesOf, serve, type WebServer } from '@lodestone/tools/web-server';
import { type HostProject, installPacked } from './fixture/packed.ts';

const run = promisify(execFile);

/** What docs/integrate/bundlers.md says to install. */
const INSTALLED = ['client', 'protocol', 'seal', 'trust'];

const PAGE = `
import { createGuard } from '@lodestone/client';
const { testPicture } = await import('@lodestone/client/testing'); // not a part of the first chunk
const options = await (await fetch('/options.json')).json();
const guard = createGuard({ ...options, waitMs: 30_000, storageName: location.pathname });
document.title = JSON.stringify(await guard.check(testPicture(), { surface: 'send' }));
`;
/** In a module page, the script comes after the import map. */
const html = (...scripts: string[]): string =>
  `<!doctype html><html lang="en"><title>waiting</title><link rel="icon" href="data:," />${scripts.join('')}</html>`;
const MODULE = '<script type="module" src="./page.js"></script>';

let host: HostProject;
let server: WebServer;

test.describe.configure({ mode: 'default' });
test.beforeAll(async () => {
  test.setTimeout(180_000);
  host = await installPacked(INSTALLED);
  await writeFile(path.join(host.folder, 'page.js'), PAGE);
  const answers = new Map<string, string | Uint8Array>();
  server = await serve({
    port: 0,
    handlers: [
      ({ url }) => {
        const body = answers.get(url.pathname);
        return body === undefined ? undefined : { type: 'application/octet-stream', body };
      },
      filesOf(host.folder, '/'),
    ],
  });
  const { authorities, files } = await createTestAuthority({ url: `${server.origin}/authority/` });
  for (const [name, bytes] of files) answers.set(`/authority/${name}`, bytes);
  const options = { authorities, endpoint: `${server.origin}/v1/signals` };
  // A root may be text.
  const asText = (_: string, value: unknown): unknown =>
    value instanceof Uint8Array ? new TextDecoder().decode(value) : value;
  answers.set('/options.json', JSON.stringify(options, asText));
});
test.afterAll(async () => {
  await server?.close();
  await host?.remove();
});

/** Each writes `index.html` and its scripts to the folder `out`, without configuration beyond what is here. */
const BUNDLERS: [name: string, bundle: (root: string, out: string) => Promise<unknown>][] = [
  [
    'Vite',
    async (root, out) => {
      await writeFile(path.join(root, 'index.html'), html(MODULE));
      await vite({ root, base: './', logLevel: 'error', build: { outDir: out } });
    },
  ],
  [
    'webpack',
    async (root, out) => {
      const compiler = webpack({
        mode: 'production',
        context: root,
        entry: './page.js',
        output: { path: out, filename: 'page.js' },
      });
      const stats = await new Promise<webpack.Stats | undefined>((resolve, reject) => {
        compiler.run((error, result) => (error ? reject(error) : resolve(result)));
      });
      expect(stats?.toJson({ all: false, errors: true, warnings: true }).errors).toEqual([]);
      // A classic script: webpack finds its chunks by the script's address.
      await writeFile(path.join(out, 'index.html'), html('<script defer src="./page.js"></script>'));
    },
  ],
  [
    'esbuild, in one file',
    async (root, out) => {
      await esbuild({ entryPoints: [path.join(root, 'page.js')], bundle: true, format: 'esm', outdir: out });
      await writeFile(path.join(out, 'index.html'), html(MODULE));
    },
  ],
  [
    'esbuild, minified and split',
    async (root, out) => {
      const split = { bundle: true, format: 'esm', splitting: true, minify: true } as const;
      await esbuild({ entryPoints: [path.join(root, 'page.js')], ...split, outdir: out });
      await writeFile(path.join(out, 'index.html'), html(MODULE));
    },
  ],
  [
    'Rollup',
    async (root, out) => {
      const bundle = await rollup({ input: path.join(root, 'page.js'), plugins: [nodeResolve()], logLevel: 'silent' });
      await bundle.write({ dir: out, format: 'esm' });
      await bundle.close();
      await writeFile(path.join(out, 'index.html'), html(MODULE));
    },
  ],
  [
    'no bundler, with an import map',
    async (_, out) => {
      const [, map] =
        /<script type="importmap">([^]*?)<\/script>/.exec(
          readFileSync(path.join(ROOT, 'docs/integrate/bundlers.md'), 'utf8'),
        ) ?? [];
      const script = `<script type="module">${PAGE}</script>`;
      await mkdir(out);
      await writeFile(path.join(out, 'index.html'), html(`<script type="importmap">${map}</script>`, script));
    },
  ],
];

/** With `--all`, the ones that most apps use. */
const COMMON = ['Vite', 'webpack', 'esbuild, in one file', 'esbuild, minified and split'];

for (const [name, bundle] of BUNDLERS) {
  test(
    `a page with ${name} checks a picture`,
    { tag: COMMON.includes(name) ? ALL_TAG : LONG_TAG },
    async ({ page }) => {
      const out = path.join(host.folder, `out-${name.replaceAll(/\W+/g, '-')}`);
      await bundle(host.folder, out);
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(error.message));
      const red: string[] = [];
      page.on(
        'console',
        (line) => line.type() === 'error' && red.push(`${line.text()}  ${path.basename(line.location().url)}`),
      );
      await page.goto(`${server.origin}/${path.basename(out)}/index.html`);
      await expect(page).toHaveTitle(/^\{"outcome":"match","action":"block","orders":\["[0-9a-f]{64}"\]\}$/, {
        timeout: 40_000,
      });
      expect(errors).toEqual([]);
      expect(red.toSorted()).toEqual(redOfAHealthyStart());
      const stated = statedSize(name);
      if (stated === undefined) return;
      const size = await firstChunk(out);
      expect(size).toBeLessThan(8);
      expect(
        Math.abs(size - stated),
        `${name}: ${size.toFixed(1)} kB, docs/integrate/sizes.md says ${stated}`,
      ).toBeLessThan(0.3);
    },
  );
}

/** The console of packages/client/README.md#console. The page has three sources. */
function redOfAHealthyStart(): string[] {
  const readme = readFileSync(path.join(ROOT, 'packages/client/README.md'), 'utf8');
  const [, quoted = ''] = /^## Console$[^]*?^```text\n([^]*?)^```$/m.exec(readme) ?? [];
  return quoted
    .trimEnd()
    .split('\n')
    .flatMap((line) => (line.endsWith('root.json') ? [line, line, line] : [line]))
    .toSorted();
}

/** docs/integrate/sizes.md on this bundler's first chunk, in kB. */
function statedSize(bundler: string): number | undefined {
  const row = new RegExp(`^\\| ${bundler.replace(', minified and split', '')} \\| ([\\d.]+) \\| 8 \\|$`, 'm');
  const [, size] = row.exec(readFileSync(path.join(ROOT, 'docs/integrate/sizes.md'), 'utf8')) ?? [];
  return size === undefined ? undefined : Number(size);
}

/** gzip size in kB of the page's script and of what it imports statically. */
async function firstChunk(out: string): Promise<number> {
  const [, entry = ''] = /<script[^>]* src="([^"]+)"/.exec(readFileSync(path.join(out, 'index.html'), 'utf8')) ?? [];
  const files = [path.join(out, entry)];
  for (const file of files) {
    const { code } = await transform(readFileSync(file, 'utf8'), { minify: true, format: 'esm' });
    for (const [, found = ''] of code.matchAll(/(?:\bfrom|\bimport)"(\.[^"]+)"/g)) {
      const imported = path.join(path.dirname(file), found);
      if (!files.includes(imported)) files.push(imported);
    }
  }
  return files.reduce((sum, file) => sum + gzipSync(readFileSync(file), { level: 9 }).length / 1_000, 0);
}

/** Also the types of the client's own dependencies are compiled: `skipLibCheck` is off. */
test.describe('types compile', () => {
  const HOST = `import { createGuard, type Check, type Guard, type GuardOptions } from '@lodestone/client';
export { blurSensitive, type SensitiveBlur } from '@lodestone/client/blur';
export { createFakeGuard } from '@lodestone/client/testing';
export const make = (options: GuardOptions): Guard => createGuard(options);
export const ask = (guard: Guard): Promise<Check> => guard.check(new Blob([]), { surface: 'send' });
`;
  const USING = `import { createGuard, type GuardOptions } from '@lodestone/client';
export function once(options: GuardOptions): string {
  using guard = createGuard(options);
  return guard.status.state;
}
`;
  for (const [name, text, lib] of [
    ['without the library of Disposable', HOST, 'es2022,dom,dom.iterable'],
    ['with `using`, where the library is there', USING, 'esnext,dom,dom.iterable'],
  ] as const) {
    test(name, { tag: ALL_TAG }, async () => {
      const file = path.join(host.folder, `${lib.split(',')[0]}.ts`);
      await writeFile(file, text);
      const options = ['--ignoreConfig', '--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022'];
      const tsc = commandOf('typescript', 'tsc');
      const { stdout } = await run(process.execPath, [tsc, ...options, '--lib', lib, '--types', '', file]).catch(
        (error: { stdout: string }) => error,
      );
      expect(stdout).toBe('');
    });
  }
});

test('an import in plain Node has no effect, and a guard stays idle there', { tag: ALL_TAG }, async () => {
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
  const node = ['--input-type=module', '-e', script];
  const { stdout, stderr } = await run(process.execPath, node, { cwd: host.folder, env });
  expect(stderr).toBe('');
  expect(stdout.trim()).toBe('[] idle ERR_NO_DOCUMENT');
});
