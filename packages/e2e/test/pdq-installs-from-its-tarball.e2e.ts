/**
 * Someone uses @lodestone/pdq alone: installs the packed package into an empty project, without a network because it has no
 * dependencies, and uses it in five lines, in Node and in a page that Vite bundles without configuration.
 */
import { execFile } from 'node:child_process';
import { globSync, readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { loadPdq, toHex } from '@lodestone/pdq';
import { expect, test } from '@playwright/test';
import { build as vite } from 'vite';
import { filesOf, serve } from '@lodestone/tools/web-server';
import { pnpm } from '@lodestone/tools/run/packages';
import { commandOf, ROOT } from '@lodestone/tools/run/program';
import { ALL_TAG } from '@lodestone/tools/run/test-plan';

const run = promisify(execFile);

const [width, height] = [96, 80];
const pixel = (i: number): number => (i * 7 + (i >> 5)) & 255;
const FIVE_LINES = `import { loadPdq, toHex } from '@lodestone/pdq';
const pdq = await loadPdq();
const data = Uint8Array.from({ length: ${width * height * 4} }, (_, i) => (i * 7 + (i >> 5)) & 255);
const { hash } = pdq.hash({ data, width: ${width}, height: ${height} });
const answer = toHex(hash) + JSON.stringify(pdq.createIndex(hash).query(hash, 31));
`;

let folder: string;
let expected: string;

test.describe.configure({ mode: 'default' });
test.beforeAll(async () => {
  test.setTimeout(120_000);
  // Outside of the repository, so that no parent folder provides its packages.
  folder = await mkdtemp(path.join(tmpdir(), 'lodestone-pdq-'));
  await run(process.execPath, [commandOf('typescript', 'tsc'), '-b', path.join(ROOT, 'packages/pdq')]);
  const pack = ['--yes', pnpm(), '--filter=@lodestone/pdq', 'pack', `--pack-destination=${folder}`];
  await run('npx', pack, { cwd: ROOT });
  const [tarball = 'none was packed'] = globSync('*.tgz', { cwd: folder });
  await writeFile(path.join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  const install = ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', `./${tarball}`];
  await run('npm', install, { cwd: folder });

  const data = Uint8Array.from({ length: width * height * 4 }, (_, i) => pixel(i));
  expected = toHex((await loadPdq()).hash({ data, width, height }).hash);
});
test.afterAll(() => rm(folder, { recursive: true, force: true }));

test('the package installs no other package', { tag: ALL_TAG }, () => {
  const installed = readdirSync(path.join(folder, 'node_modules')).filter((name) => !name.startsWith('.'));
  expect(installed).toEqual(['@lodestone']);
  expect(readdirSync(path.join(folder, 'node_modules/@lodestone/pdq')).sort()).toEqual([
    'LICENSE',
    'README.md',
    'bin',
    'dist',
    'package.json',
  ]);
});

test('five lines hash a picture in Node', { tag: ALL_TAG }, async () => {
  await writeFile(path.join(folder, 'five-lines.js'), `${FIVE_LINES}console.log(answer);\n`);
  const { stdout, stderr } = await run(process.execPath, ['five-lines.js'], { cwd: folder });
  expect(stderr).toBe('');
  expect(stdout).toBe(`${expected}[{"row":0,"distance":0}]\n`);
});

test('the command hashes a file', { tag: ALL_TAG }, async () => {
  const rgb = Buffer.from(Array.from({ length: width * height * 3 }, (_, i) => pixel(i + Math.floor(i / 3))));
  await writeFile(path.join(folder, 'a.ppm'), Buffer.concat([Buffer.from(`P6 ${width} ${height} 255\n`), rgb]));
  const { stdout } = await run('npx', ['--no', 'pdq', 'hash', 'a.ppm'], { cwd: folder });
  expect(stdout).toMatch(new RegExp(`^${expected},\\d+,a\\.ppm\n$`));
});

test('five lines hash a picture in a page that Vite bundles', { tag: ALL_TAG }, async ({ page }) => {
  const html =
    '<!doctype html><html lang="en"><title>waiting</title><script type="module" src="/page.js"></script></html>';
  await writeFile(path.join(folder, 'index.html'), html);
  await writeFile(path.join(folder, 'page.js'), `${FIVE_LINES}document.title = answer;\n`);
  await vite({ root: folder, logLevel: 'error', build: { outDir: 'out' } });
  const server = await serve({ port: 0, handlers: [filesOf(path.join(folder, 'out'), '/')] });
  try {
    await page.goto(server.origin);
    await expect(page).toHaveTitle(`${expected}[{"row":0,"distance":0}]`);
  } finally {
    await server.close();
  }
});
