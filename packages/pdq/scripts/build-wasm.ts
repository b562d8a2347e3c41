/**
 * Builds a package's kernel: assembly/*.ts → WebAssembly → src/kernel.generated.ts, which holds the bytes in base64, so that
 * the package needs no fetch and no bundler configuration. Does nothing while the inputs are those of the last build.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

export interface KernelSource {
  /** The package's folder. */
  readonly folder: URL;
  /** A file of `assembly/`. The kernel has its exports. */
  readonly entry: string;
  /** The budget of the compressed kernel. */
  readonly maxGzipBytes: number;
}

const PDQ: KernelSource = { folder: new URL('../', import.meta.url), entry: 'index.ts', maxGzipBytes: 12_000 };

const options = [
  '--outFile',
  'kernel.wasm',
  '--optimizeLevel',
  '3',
  '--shrinkLevel',
  '0',
  '--converge',
  '--noAssert',
  '--runtime',
  'stub',
  '--use',
  'abort=',
  '--enable',
  'simd',
];

export async function buildKernel({ folder, entry, maxGzipBytes }: KernelSource = PDQ): Promise<
  'built' | 'up to date'
> {
  const generated = new URL('src/kernel.generated.ts', folder);
  const sources = await readSources(new URL('assembly/', folder));
  const digest = await digestOf(entry, sources);
  const present = await readFile(generated, 'utf8').catch(() => '');
  if (present.includes(digest)) return 'up to date';

  const wasm = await compile(entry, sources);
  const gzipBytes = gzipSync(wasm, { level: 9 }).byteLength;
  if (gzipBytes > maxGzipBytes) {
    throw new Error(`the kernel has ${gzipBytes} bytes (gzip), but its budget is ${maxGzipBytes}`);
  }
  await writeFile(generated, render(wasm, digest));
  return 'built';
}

/** Name → text of every AssemblyScript source, in the order of their names. */
async function readSources(assembly: URL): Promise<Map<string, string>> {
  const names = (await readdir(assembly)).filter((name) => name.endsWith('.ts')).sort();
  const texts = await Promise.all(names.map((name) => readFile(new URL(name, assembly), 'utf8')));
  return new Map(names.map((name, i) => [name, texts[i] ?? '']));
}

/** Of all that decides the result: the sources, which is the entry, this script, and the compiler's version. */
async function digestOf(entry: string, sources: Map<string, string>): Promise<string> {
  const hash = createHash('sha256');
  for (const name of ['package.json', 'scripts/build-wasm.ts']) hash.update(await readFile(new URL(name, PDQ.folder)));
  hash.update(entry);
  for (const [name, text] of sources) hash.update(`\0${name}\0${text}`);
  return hash.digest('hex');
}

async function compile(entry: string, sources: Map<string, string>): Promise<Uint8Array> {
  // Loaded only when there is something to build: the compiler takes most of a second to start.
  const { default: asc } = await import('assemblyscript/asc');
  let wasm: Uint8Array | undefined;
  const stderr = asc.createMemoryStream();
  const { error } = await asc.main([entry, ...options], {
    stderr,
    readFile: (name) => sources.get(name) ?? null,
    writeFile: (name, contents) => {
      if (name === 'kernel.wasm' && typeof contents !== 'string') wasm = contents;
    },
    listFiles: () => [],
  });
  if (error !== null || wasm === undefined) {
    throw new Error(`AssemblyScript refused the kernel:\n${stderr.toString()}`, { cause: error });
  }
  return wasm;
}

function render(wasm: Uint8Array, digest: string): string {
  const base64 = Buffer.from(wasm).toString('base64');
  return `/** Written by packages/pdq/scripts/build-wasm.ts from assembly/, whose digest is ${digest}. */\nexport const kernel: string =\n  '${base64}';\n`;
}

if (import.meta.main) {
  const result = await buildKernel();
  console.log(`pdq kernel: ${result}`);
}
