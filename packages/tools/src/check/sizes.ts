/**
 * What a host's users download, and when: bundled by Vite from the client's `dist`, and compressed by gzip. Flow: dist → here → check.
 * Promise: no size is over its budget, and docs/integrate/sizes.md states each. Spec: docs/integrate/sizes.md
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Plugin, type Rolldown } from 'vite';
import { ROOT, type Outcome } from '../run/program.ts';

const PAGE = 'docs/integrate/sizes.md';
/** The page may differ by this much, so that not every change has to touch it. */
const TOLERANCE = 0.03;

interface Row {
  /** As in the page's table. */
  readonly name: string;
  /** The modules that begin it. What they import statically belongs to it, if no row before has it. */
  readonly begins: RegExp;
  /** In kB. */
  readonly most: number;
  /** Counts for the row `in all`: what is always needed where pictures are checked, but for the sandbox itself. */
  readonly isClient?: boolean;
}

const ROWS: readonly Row[] = [
  { name: 'first chunk', begins: /^host$/, most: 8, isClient: true },
  { name: 'the running guard', begins: /^runner\.js$/, most: 63, isClient: true },
  {
    name: 'code that runs the sandbox',
    begins: /^(running-sandbox|sandbox-build\.generated|parts\.generated)\.js$/,
    most: 11,
    isClient: true,
  },
  { name: 'the sandbox, inlined', begins: /^sandbox\.generated\.js$/, most: 40 },
  { name: 'classifier code', begins: /^part-classifier\.generated\.js$/, most: 80 },
  { name: 'video code', begins: /^part-video\.generated\.js$/, most: 75 },
  { name: 'locked list code', begins: /^part-locked-lists\.generated\.js$/, most: 25 },
  { name: 'archive and PDF code', begins: /^part-containers\.generated\.js$/, most: 10 },
];
/** The goal is 45: docs/integrate/sizes.md says what does not fit into it. */
const ALL = { name: 'the client in all', most: 77 };

export interface Size {
  readonly name: string;
  /** In kB. */
  readonly size: number;
  readonly most: number;
}

export async function measureSizes(): Promise<Size[]> {
  const chunks = await bundle();
  const left = new Set(chunks);
  const take = (chunk: Rolldown.OutputChunk): number => {
    if (!left.delete(chunk)) return 0;
    const own = gzipSync(chunk.code, { level: 9 }).length / 1_000;
    const imported = chunks.filter(({ fileName }) => chunk.imports.includes(fileName)).map(take);
    return imported.reduce((sum, each) => sum + each, own);
  };
  const sizes = ROWS.map(({ name, begins, most, isClient = false }) => {
    const first = chunks.filter(({ facadeModuleId }) => begins.test(path.basename(facadeModuleId ?? '')));
    if (first.length === 0) throw new Error(`${name}: no chunk begins with ${begins.source}`);
    return { name, most, isClient, size: first.map(take).reduce((sum, each) => sum + each) };
  });
  const [lost] = left;
  if (lost) throw new Error(`no row of ${PAGE} has the chunk ${lost.fileName}`);
  const all = sizes.filter(({ isClient }) => isClient).reduce((sum, { size }) => sum + size, 0);
  return [...sizes, { ...ALL, size: all }];
}

/** An app of one line. */
async function bundle(): Promise<Rolldown.OutputChunk[]> {
  const host: Plugin = {
    name: 'host',
    resolveId: (id) => (id === 'host' ? id : undefined),
    load: (id) =>
      id === 'host' ? "import { createGuard } from '@lodestone/client'; globalThis.guard = createGuard;" : undefined,
  };
  const built = await build({
    root: path.join(ROOT, 'packages/e2e'),
    configFile: false,
    logLevel: 'error',
    plugins: [host],
    build: { write: false, modulePreload: { polyfill: false }, rolldownOptions: { input: 'host' } },
  });
  return [built].flat().flatMap((one) => ('output' in one ? one.output.filter((each) => each.type === 'chunk') : []));
}

export async function checkSizes(): Promise<Outcome> {
  const page = readFileSync(path.join(ROOT, PAGE), 'utf8');
  const faults = (await measureSizes()).flatMap(({ name, size, most }) => {
    const row = `| ${name} | ${size.toFixed(1)} | ${most} |`;
    if (size > most) return [`${name}: ${size.toFixed(1)} kB, more than its budget of ${most} kB`];
    const stated = Number(new RegExp(`^\\| ${name} \\| ([\\d.]+) \\| ${most} \\|`, 'm').exec(page)?.[1]);
    return Math.abs(stated - size) <= size * TOLERANCE + 0.1 ? [] : [`${PAGE}: the row is now ${row}`];
  });
  return { exitCode: faults.length === 0 ? 0 : 1, output: faults.join('\n') };
}
