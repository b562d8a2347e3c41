/**
 * Compiles the code samples of the documentation, as a reader's project would: against the declarations of the packages' public
 * entry points (`tsc -b` writes them), with the names of `docs/samples/host-app.d.ts` for what belongs to the reader's own app.
 * Promise: an error names the page and the line of the page.
 */
import { existsSync, globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { visit } from 'unist-util-visit';
import { commandOf, type Outcome, runQuietly } from '../run/program.ts';

export interface Sample {
  readonly code: string;
  readonly language: 'ts' | 'tsx';
  /** Of the first line of code, from 1. */
  readonly line: number;
}

/** The fenced TypeScript of a page. Blocks marked `signatures` list a library's functions and are no program. */
export function samplesOf(page: string): Sample[] {
  const samples: Sample[] = [];
  visit(fromMarkdown(page), 'code', ({ lang, meta, value, position }) => {
    if ((lang !== 'ts' && lang !== 'tsx') || meta === 'signatures') return;
    samples.push({ code: value, language: lang, line: (position?.start.line ?? 0) + 1 });
  });
  return samples;
}

const FOLDER = '.cache/samples';

/**
 * @param pages text by path in the repository
 * @param name of the folder for the samples, so that two runs do not meet
 */
export async function compileSamples(
  root: string,
  pages: ReadonlyMap<string, string>,
  name = 'docs',
): Promise<Outcome & { count: number }> {
  const home = path.join(root, 'docs', FOLDER, name);
  for (const old of globSync(`{docs,packages/*,models/*,examples/*}/${FOLDER}/${name}`, { cwd: root }))
    rmSync(path.join(root, old), { recursive: true });
  const files = [...pages].flatMap(([page, text]) =>
    samplesOf(text).map(({ code, language, line }) => {
      const stem = path.basename(page, '.md');
      const file = path.join(root, workspaceOf(root, page), FOLDER, name, `${stem}.${line}.${language}`);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, `${'\n'.repeat(line - 1)}${code}\n`); // on the page's lines
      return { file, page };
    }),
  );
  mkdirSync(home, { recursive: true });
  const config = path.join(home, 'tsconfig.json');
  const options = {
    extends: path.join(root, 'docs/samples/tsconfig.json'),
    files: [path.join(root, 'docs/samples/host-app.d.ts'), ...files.map(({ file }) => file)],
  };
  writeFileSync(config, JSON.stringify(options));
  const { exitCode, output } = await runQuietly(process.execPath, [
    commandOf('typescript', 'tsc'),
    '--pretty',
    'false',
    '-p',
    config,
  ]);
  return { exitCode, output: onPages(root, output, files), count: files.length };
}

/** The package in which a page's samples find what they import: the page's own, else docs. */
function workspaceOf(root: string, page: string): string {
  const folder = path.dirname(page);
  return /^(packages|models|examples)\//.test(page) && existsSync(path.join(root, folder, 'package.json'))
    ? folder
    : 'docs';
}

function onPages(root: string, output: string, files: readonly { file: string; page: string }[]): string {
  return files.reduce((text, { file, page }) => text.replaceAll(`${path.relative(root, file)}(`, `${page}(`), output);
}
