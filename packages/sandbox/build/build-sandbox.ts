/**
 * Builds the sandbox into `dist`: one HTML document, its lock file, the code of each lazy part, the classifier's trimmed runtime.
 * Flow: pdq's kernel → here → `packages/client/scripts/embed-sandbox.ts`. Promise: the same sources give the same bytes; nothing
 * is rebuilt while the inputs are those of the last build. Spec: docs/design/sandbox.md#document
 */
import { createHash } from 'node:crypto';
import { glob, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildKernel } from '@lodestone/pdq/build-kernel';
import { PART_NAMES } from '@lodestone/protocol/lazy-parts';
import { bundle, checkSize, gzipBytesOf } from './bundle.ts';
import { composeSandbox, type SandboxDocument } from './document.ts';
import { lockOf, printLock } from './lock.ts';
import { type BuiltPart, buildParts, classifierRuntimes, pinsOf } from './parts.ts';

const SANDBOX = path.join(import.meta.dirname, '..');
const PACKAGES = path.join(SANDBOX, '..');
export const DIST: string = path.join(SANDBOX, 'dist');
const dist = (file: string): string => path.join(DIST, file);
const OUTPUTS = {
  document: dist('sandbox.html'),
  lock: dist('sandbox.lock.json'),
  runtime: dist('runtime.wasm'),
  parts: PART_NAMES.map((name) => dist(`${name}.mjs`)),
};
/** Digest of the inputs of the last build. */
const STAMP = dist('sandbox.inputs');
/** Every file that the result depends on, relative to the packages' folder. Kernels are generated into their packages' `src`. */
const INPUTS = [
  '{sandbox,pdq,locked-list,protocol}/{src,build}/**/*.ts',
  '{sandbox,pdq,locked-list,protocol}/package.json',
  'sandbox/build/runtime/profile.json',
  '../pnpm-lock.yaml',
];
/** Budgets in bytes (gzip): of the document, and of the kernel in it. Those of lazy parts are in their table. */
const MAX_GZIP_BYTES = { core: 40_000, kernel: 1_000 };

export async function buildSandbox(): Promise<'built' | 'up to date'> {
  await buildKernel();
  await buildKernel({
    folder: pathToFileURL(`${SANDBOX}/`),
    entry: 'model-input.ts',
    maxGzipBytes: MAX_GZIP_BYTES.kernel,
  });
  const inputs = await digestOfInputs();
  if (await isUpToDate(inputs)) return 'up to date';
  const sandbox = await makeSandbox();
  checkSize('the sandbox document', sandbox.html, MAX_GZIP_BYTES.core);
  await mkdir(path.dirname(OUTPUTS.document), { recursive: true });
  await writeFile(OUTPUTS.document, sandbox.html);
  await writeFile(OUTPUTS.lock, printLock(lockOf(sandbox)));
  await writeFile(OUTPUTS.runtime, (await classifierRuntimes()).trimmed);
  for (const { name, code } of sandbox.parts) await writeFile(dist(`${name}.mjs`), code);
  await writeFile(STAMP, inputs);
  return 'built';
}

/** Builds in memory; writes no file. */
export async function makeSandbox(): Promise<SandboxDocument & { readonly parts: readonly BuiltPart[] }> {
  const parts = await buildParts();
  const scanner = await bundle('src/scanner/main.ts', 'minified');
  const window = await bundle('src/window.ts', 'readable', { PART_PINS: JSON.stringify(pinsOf(parts)) });
  return { ...composeSandbox({ window, scanner }), parts };
}

async function digestOfInputs(): Promise<string> {
  const files = await Array.fromAsync(glob(INPUTS, { cwd: PACKAGES }));
  const hash = createHash('sha256');
  for (const file of files.map((name) => name.replaceAll(path.sep, '/')).sort()) {
    hash
      .update(`${file}\0`)
      .update(await readFile(path.join(PACKAGES, file)))
      .update('\0');
  }
  return hash.digest('hex');
}

async function isUpToDate(inputs: string): Promise<boolean> {
  const files = [STAMP, ...Object.values(OUTPUTS).flat()];
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
  return texts[0] === inputs && texts.every((text) => text !== '');
}

if (import.meta.main) {
  const result = await buildSandbox();
  const html = await readFile(OUTPUTS.document, 'utf8');
  const build = /data-build="(\w+)"/.exec(html)?.[1] ?? 'unknown';
  console.log(`sandbox: ${result}, ${gzipBytesOf(html)} bytes (gzip), build ${build}`);
}
