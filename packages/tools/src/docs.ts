/**
 * `npm run docs`: checks that every relative link of the repository's pages leads to a file that exists, and to a
 * heading of it where the link names one. It builds no site, and links to other hosts are not followed.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { anchorsOf, linksOf, type Link } from './docs/markdown.ts';
import { ROOT } from './run/program.ts';

const PAGES = ['README.md', 'docs/**/*.md', '{packages,examples,models}/*/README.md', 'models/README.md'];

const pages = globSync(PAGES, { cwd: ROOT, exclude: ['**/node_modules/**'] }).sort();
let count = 0;
let broken = 0;

for (const page of pages) {
  for (const link of linksOf(read(page)).filter(({ target }) => !isElsewhere(target))) {
    count++;
    const fault = faultOf(page, link);
    if (fault === undefined) continue;
    broken++;
    console.log(`${page}:${link.line}: ${link.target}: ${fault}`);
  }
}

console.log(
  `docs: ${count} relative links in ${pages.length} pages, ${broken === 0 ? 'none' : broken} broken (no site is built)`,
);
process.exitCode = broken === 0 && pages.length > 0 ? 0 : 1;

function faultOf(page: string, { target }: Link): string | undefined {
  const [file = '', anchor = ''] = decodeURIComponent(target).split('#');
  if (file.startsWith('/')) return 'a page cannot know the root of where it is shown';
  const found = file === '' ? page : path.join(path.dirname(page), file);
  if (!existsSync(path.join(ROOT, found))) return 'there is no such file';
  if (anchor === '' || !found.endsWith('.md')) return undefined;
  return anchorsOf(read(found)).has(anchor) ? undefined : `${found} has no such heading`;
}

function isElsewhere(target: string): boolean {
  return /^[a-z][a-z\d+.-]*:/i.test(target) || target.startsWith('//');
}

function read(page: string): string {
  return readFileSync(path.join(ROOT, page), 'utf8');
}
