/**
 * `npm run docs`: checks that every relative link of the repository's pages leads to an existing file, and to an existing
 * heading if the link has an anchor. It builds no site and does not follow links to other hosts.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { anchorsOf, linksOf, type Link } from './docs/markdown.ts';
import { ROOT } from './run/program.ts';

const PAGES = ['*.md', 'docs/**/*.md', '{packages,examples,models}/*/README.md', 'models/README.md', '.changeset/*.md'];

const pages = globSync(PAGES, { cwd: ROOT, exclude: ['**/node_modules/**'] }).sort();
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
