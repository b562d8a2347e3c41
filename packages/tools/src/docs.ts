/**
 * `npm run docs`: checks that every relative link of the repository's pages leads to an existing file, and to an existing
 * heading if the link has an anchor; compiles the pages' code samples; then builds the documentation site (VitePress) in
 * `.cache/site-dist`. `--serve` then serves it on loopback until Ctrl-C; `--links` only checks links;
 * `--tables` first writes the tables that follow from code. Links to other hosts are not followed.
 */
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { anchorsOf, linksOf, type Link } from './docs/markdown.ts';
import { compileSamples } from './docs/samples.ts';
import { gatherPages } from './docs/site.ts';
import { withTables } from './docs/tables.ts';
import { commandOf, ROOT, runNode, runQuietly, SOURCE } from './run/program.ts';

const PAGES = ['*.md', 'docs/**/*.md', '{packages,examples,models}/*/README.md', 'models/README.md', '.changeset/*.md'];

const { values } = parseArgs({
  options: { serve: { type: 'boolean' }, links: { type: 'boolean' }, tables: { type: 'boolean' } },
});
const pages = globSync(PAGES, { cwd: ROOT, exclude: ['**/node_modules/**'] }).sort();
if (values.tables) for (const page of pages) writeFileSync(path.join(ROOT, page), withTables(read(page)));
let count = 0;
let broken = 0;

for (const page of pages) {
  for (const link of linksOf(read(page)).filter(({ target }) => !isElsewhere(target))) {
    count++;
    const problem = problemOf(page, link);
    if (problem === undefined) continue;
    broken++;
    console.log(`${page}:${link.line}: ${link.target}: ${problem}`);
  }
}

console.log(`docs: ${count} relative links in ${pages.length} pages, ${broken === 0 ? 'none' : broken} broken`);
process.exitCode = broken === 0 && pages.length > 0 ? 0 : 1;
if (process.exitCode === 0 && !values.links) process.exitCode = (await samples()) || (await site());

async function samples(): Promise<number> {
  const declarations = await runQuietly(process.execPath, [commandOf('typescript', 'tsc'), '-b', 'packages']);
  if (declarations.exitCode !== 0) console.log(declarations.output);
  const texts = new Map(pages.map((page) => [page, read(page)]));
  const { exitCode, output, count: samplesFound } = await compileSamples(ROOT, texts);
  if (exitCode !== 0) console.log(output);
  console.log(`docs: ${samplesFound} samples, ${exitCode === 0 ? 'all compile' : 'not all compile'}`);
  return exitCode;
}

async function site(): Promise<number> {
  gatherPages(ROOT, path.join(ROOT, '.cache/site'));
  const typedoc = commandOfDocs('typedoc/bin/typedoc');
  const api = await runQuietly(process.execPath, [
    typedoc,
    '--options',
    path.join(ROOT, 'docs/typedoc.json'),
    '--treatWarningsAsErrors',
  ]);
  if (api.exitCode !== 0) {
    console.log(api.output);
    return api.exitCode;
  }
  const vitepress = [SOURCE, commandOfDocs('vitepress/bin/vitepress.js')];
  const exitCode = await runNode([...vitepress, 'build', 'docs']);
  return exitCode === 0 && values.serve ? runNode([...vitepress, 'preview', 'docs', '--port', '4700']) : exitCode;
}

function commandOfDocs(file: string): string {
  return path.join(ROOT, 'docs/node_modules', file);
}

function problemOf(page: string, { target }: Link): string | undefined {
  const [file = '', anchor = ''] = decodeURIComponent(target).split('#');
  if (file.startsWith('/')) return 'write the path from this page, not from the root of a site';
  const found = file === '' ? page : path.join(path.dirname(page), file);
  if (!existsSync(path.join(ROOT, found))) return 'no such file';
  if (anchor === '' || !found.endsWith('.md')) return undefined;
  return anchorsOf(read(found)).has(anchor) ? undefined : `${found} has no such heading`;
}

function isElsewhere(target: string): boolean {
  return /^[a-z][a-z\d+.-]*:/i.test(target) || target.startsWith('//');
}

function read(page: string): string {
  return readFileSync(path.join(ROOT, page), 'utf8');
}
