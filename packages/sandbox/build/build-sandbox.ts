/**
 * Builds the sandbox: sources → one HTML document, the same bytes each time; and the client's copy of it as a module.
 * Flow: pdq's kernel is built first, then the sandbox's own here, the client's bundle after. Does nothing while the inputs are
 * those of the last build.
 */
import { createHash } from 'node:crypto';
import { glob, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Digest } from '@lodestone/protocol/digest';
import { buildKernel } from '@lodestone/pdq/build-kernel';
import { type Classifier, composeSandbox, type SandboxDocument } from './document.ts';
import { lockOf, printLock } from './lock.ts';
import { leanRuntime, readProfile } from './runtime/lean.ts';

const SANDBOX = path.join(import.meta.dirname, '..');
const PACKAGES = path.join(SANDBOX, '..');
const OUTPUTS = {
  document: path.join(SANDBOX, 'dist/sandbox.html'),
  lock: path.join(SANDBOX, 'dist/sandbox.lock.json'),
  module: path.join(PACKAGES, 'client/src/content/sandbox.generated.ts'),
  /** Apart, so that a page with a served sandbox loads the digest alone. */
  buildModule: path.join(PACKAGES, 'client/src/content/sandbox-build.generated.ts'),
  classifier: path.join(SANDBOX, 'dist/classifier.mjs'),
  /** The lean one; the full one is npm's. */
  runtime: path.join(SANDBOX, 'dist/runtime.wasm'),
  /** Apart, since few orders ask for one. */
  classifierModule: path.join(PACKAGES, 'client/src/content/classifier.generated.ts'),
};
/** The classifier runs in this one or in the lean one made of it: a provider publishes one of them with its models. */
const RUNTIME = path.join(SANDBOX, 'node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm');
/** Digest of the inputs of the last build. */
const STAMP = path.join(SANDBOX, 'dist/sandbox.inputs');
/** All that decides the bytes, from the packages' folder; the kernels are in their packages' `src`. */
const INPUTS = [
  '{sandbox,pdq,protocol}/{src,build}/**/*.ts',
  '{sandbox,pdq,protocol}/package.json',
  'sandbox/build/runtime/profile.json',
  '../pnpm-lock.yaml',
];
/** The budgets of the core and of the classifier's code (DESIGN §7), and of the kernel, which is part of the core; gzip. */
const MAX_GZIP_BYTES = { core: 40_000, classifier: 80_000, kernel: 1_000 };

export async function buildSandbox(): Promise<'built' | 'up to date'> {
  await buildKernel({
    folder: pathToFileURL(`${SANDBOX}/`),
    entry: 'model-input.ts',
    maxGzipBytes: MAX_GZIP_BYTES.kernel,
  });
  const inputs = await digestOfInputs();
  if (await isUpToDate(inputs)) return 'up to date';
  const sandbox = await makeSandbox();
  checkSize('the sandbox', sandbox.html, MAX_GZIP_BYTES.core);
  checkSize('the classifier', sandbox.classifier.code, MAX_GZIP_BYTES.classifier);
  await write(OUTPUTS.document, sandbox.html);
  await write(OUTPUTS.lock, printLock(lockOf(sandbox)));
  await write(OUTPUTS.module, printModule(sandbox));
  await write(OUTPUTS.buildModule, printBuildModule(sandbox));
  await write(OUTPUTS.classifier, sandbox.classifier.code);
  await write(OUTPUTS.runtime, sandbox.classifier.leanRuntime);
  await write(OUTPUTS.classifierModule, printClassifierModule(sandbox));
  await write(STAMP, inputs);
  return 'built';
}

/** The sandbox of the sources as they are; writes nothing. */
export async function makeSandbox(): Promise<SandboxDocument & { readonly classifier: Classifier }> {
  const code = await bundle('src/classifier/main.ts', 'minified');
  const full = await readFile(RUNTIME);
  const lean = leanRuntime(full, await readProfile());
  const digests = { code: sha256(code), runtimes: { lean: sha256(lean), full: sha256(full) } };
  const sandbox = composeSandbox({
    window: await bundle('src/window.ts', 'readable', { CLASSIFIER_DIGEST: JSON.stringify(digests.code) }),
    scanner: await bundle('src/scanner/main.ts', 'minified', {
      RUNTIME_DIGESTS: JSON.stringify(Object.values(digests.runtimes)),
    }),
  });
  return { ...sandbox, classifier: { code, leanRuntime: lean, digests } };
}

function sha256(bytes: string | Uint8Array): Digest {
  return createHash('sha256').update(bytes).digest('hex') as Digest;
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
  const texts = await Promise.all(
    [STAMP, ...Object.values(OUTPUTS)].map((file) => readFile(file, 'utf8').catch(() => '')),
  );
  return texts[0] === inputs && texts.every((text) => text !== '');
}

async function bundle(
  entry: string,
  form: 'readable' | 'minified',
  define: Record<string, string> = {},
): Promise<string> {
  // Loaded only when there is something to build.
  const { rolldown } = await import('rolldown');
  const build = await rolldown({
    // Names of files enter the result from here on, so it must not depend on where the repository lies.
    cwd: SANDBOX,
    input: entry,
    platform: 'browser',
    tsconfig: false,
    transform: { define },
    resolve: { conditionNames: ['source', 'import', 'browser', 'default'] },
    onLog: (_level, log) => {
      throw new Error(`${entry}: ${log.message}`);
    },
  });
  const { output } = await build.generate({ format: 'es', minify: form === 'minified', codeSplitting: false });
  await build.close();
  const [chunk, ...others] = output;
  if (others.length > 0 || chunk.imports.length > 0) throw new Error(`${entry} does not fit into one file`);
  return chunk.code.trim();
}

function checkSize(what: string, text: string, most: number): void {
  const bytes = gzipBytesOf(text);
  if (bytes > most) throw new Error(`${what} is ${bytes} bytes gzip, more than the ${most} it may be`);
}

function gzipBytesOf(html: string): number {
  return gzipSync(html, { level: 9 }).byteLength;
}

function printModule({ html }: SandboxDocument): string {
  return `/** The sandbox as a text. Written by packages/sandbox/build/build-sandbox.ts. */
export const SANDBOX_DOCUMENT: string = ${JSON.stringify(html)};
`;
}

function printBuildModule({ build, script }: SandboxDocument): string {
  return `/** Build digest of the sandbox, and its window's script as a policy names it. Written by packages/sandbox/build/build-sandbox.ts. */
import type { Digest } from '@lodestone/protocol/digest';

export const SANDBOX_BUILD: Digest = '${build}' as Digest;
export const SANDBOX_SCRIPT: string = "${script}";
`;
}

function printClassifierModule({ classifier }: { classifier: Classifier }): string {
  return `/** The classifier worker's code as a text. Written by packages/sandbox/build/build-sandbox.ts. */
export const CLASSIFIER_CODE: string = ${JSON.stringify(classifier.code)};
`;
}

async function write(file: string, text: string | Uint8Array): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
}

if (import.meta.main) {
  const result = await buildSandbox();
  const html = await readFile(OUTPUTS.document, 'utf8');
  console.log(
    `sandbox: ${result}, ${gzipBytesOf(html)} bytes gzip, build ${/data-build="(\w+)"/.exec(html)?.[1] ?? 'unknown'}`,
  );
}
