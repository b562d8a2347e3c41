/** One script for a page from modules of the repository, as source. Flow: benchmarks, runs in engines, tests in engines → here. */
import { build } from 'esbuild';
import { rawImports } from './bench/raw-imports.ts';

/** A file, or a module's text and the folder that its relative imports start from. */
export type Entry = { readonly file: string } | { readonly text: string; readonly folder: string };

export async function bundle(entry: Entry): Promise<string> {
  const { outputFiles } = await build({
    ...('file' in entry
      ? { entryPoints: [entry.file] }
      : { stdin: { contents: entry.text, resolveDir: entry.folder } }),
    bundle: true,
    write: false,
    format: 'esm',
    target: 'esnext',
    conditions: ['source'],
    plugins: [rawImports],
  });
  return outputFiles[0]?.text ?? '';
}
