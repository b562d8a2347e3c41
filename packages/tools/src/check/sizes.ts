/**
 * What a host's users download, bundled by esbuild from the client's `dist` and compressed by gzip. Flow: dist → here → check.
 * Promise: no size is over its budget, and docs/integrate/sizes.md states each. Spec: docs/integrate/sizes.md
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Metafile } from 'esbuild';
import { ROOT, type Outcome } from '../run/program.ts';

const PAGE = 'docs/integrate/sizes.md';
/** The page may differ by this much, so that not every change has to touch it. */
const TOLERANCE = 0.03;

interface Budget {
  /** As in the page's table. */
  readonly name: string;
  /** The chunk's name in the client,; `entry` is what the page loads first. */
  readonly chunk: RegExp;
  /** In kB. */
  readonly most: number;
}

/** The first whose pattern matches takes a chunk. */
export const BUDGETS: readonly Budget[] = [
  { name: 'first chunk', chunk: /^entry$/, most: 8 },
  { name: 'the sandbox, inlined', chunk: /^sandbox\.generated/, most: 40 },
  { name: 'classifier code', chunk: /^part-classifier/, most: 80 },
  { name: 'video code', chunk: /^part-video/, most: 75 },
  { name: 'archive and PDF code', chunk: /^part-containers/, most: 10 },
  // The goal is 45: the schema library, HPKE and the state machines of the network side do not fit into it yet.
  { name: 'the rest of the client', chunk: /./, most: 78 },
];

/** gzip sizes in kB, by name. */
export async function measureSizes(): Promise<Map<string, number>> {
  const { outputFiles, metafile } = await build({
    stdin: {
      contents: `export { createGuard } from '@lodestone/client';`,
      resolveDir: path.join(ROOT, 'packages/e2e'),
    },
    bundle: true,
    format: 'esm',
    splitting: true,
    minify: true,
    metafile: true,
    write: false,
    outdir: '/out',
    absWorkingDir: ROOT,
  });
  const first = firstChunk(metafile);
  const sizes = new Map(BUDGETS.map(({ name }) => [name, 0]));
  for (const { path: file, contents } of outputFiles) {
    const chunk = first.has(path.basename(file)) ? 'entry' : path.basename(file);
    const { name = '' } = BUDGETS.find((one) => one.chunk.test(chunk)) ?? {};
    sizes.set(name, (sizes.get(name) ?? 0) + gzipSync(contents, { level: 9 }).length / 1_000);
  }
  return sizes;
}

/** The entry, and the chunks that it imports statically. */
function firstChunk({ outputs }: Metafile): Set<string> {
  const found = new Set<string>();
  const visit = (file: string): void => {
    if (found.has(path.basename(file))) return;
    found.add(path.basename(file));
    for (const { path: to, kind } of outputs[file]?.imports ?? []) if (kind === 'import-statement') visit(to);
  };
  for (const [file, { entryPoint }] of Object.entries(outputs)) if (entryPoint === '<stdin>') visit(file);
  return found;
}

export async function checkSizes(): Promise<Outcome> {
  const page = readFileSync(path.join(ROOT, PAGE), 'utf8');
  const sizes = await measureSizes();
  const faults = BUDGETS.flatMap(({ name, most }) => {
    const size = sizes.get(name) ?? 0;
    const row = `| ${name} | ${size.toFixed(1)} | ${most} |`;
    if (size > most) return [`${name}: ${size.toFixed(1)} kB, more than its budget of ${most} kB`];
    const stated = Number(new RegExp(`^\\| ${name} \\| ([\\d.]+) \\| ${most} \\|`, 'm').exec(page)?.[1]);
    return Math.abs(stated - size) <= size * TOLERANCE + 0.1 ? [] : [`${PAGE}: the row is now ${row}`];
  });
  return { exitCode: faults.length === 0 ? 0 : 1, output: faults.join('\n') };
}
