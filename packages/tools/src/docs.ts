/**
 * `npm run docs`: checks that every relative link of the repository's pages leads to an existing file, and to an existing
 * heading if the link has an anchor; compiles the pages' code samples; then builds the documentation site (VitePress) in
 * `.cache/site-dist-…`. `--serve` then serves it on loopback until Ctrl-C; `--links` only checks links;
 * `--tables` first writes the tables that follow from code, `--pictures` first makes the pictures in docs/images again. Links to other hosts are not followed.
 */
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { anchorsOf, linksOf, type Link } from './docs/markdown.ts';
import { compileSamples } from './docs/samples.ts';
import { buildSite, siteHandlers } from './docs/build-site.ts';
import { makePictures } from './docs/pictures.ts';
import { PAGES, SITE_PORT } from './docs/site.ts';
import { withTables } from './docs/tables.ts';
import { commandOf, ROOT, runQuietly } from './run/program.ts';
import { serve } from './web-server.ts';

const { values } = parseArgs({
  options: {
    serve: { type: 'boolean' },
    links: { type: 'boolean' },
    tables: { type: 'boolean' },
    pictures: { type: 'boolean' },
  },
});
if (values.pictures && (await makePictures()) !== 0) process.exit(1);
const pages = globSync([...PAGES, '.changeset/*.md'], { cwd: ROOT, exclude: ['**/node_modules/**'] }).sort();
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
  const published = ['client', 'authority', 'receiver', 'audit'].map((name) => `packages/${name}`); // and what they use
  const declarations = await runQuietly(process.execPath, [commandOf('typescript', 'tsc'), '-b', ...published]);
  if (declarations.exitCode !== 0) console.log(declarations.output);
  const texts = new Map(pages.map((page) => [page, read(page)]));
  const { exitCode, output, count: samplesFound } = await compileSamples(ROOT, texts);
  if (exitCode !== 0) console.log(output);
  console.log(`docs: ${samplesFound} samples, ${exitCode === 0 ? 'all compile' : 'not all compile'}`);
  return exitCode;
}

async function site(): Promise<number> {
  try {
    const { folder, status } = await buildSite();
    console.log(`docs: the site is ${status}, in ${path.relative(ROOT, folder)}`);
    if (values.serve) await serveUntilStopped(folder);
    return 0;
  } catch (error) {
    console.log(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

async function serveUntilStopped(folder: string): Promise<void> {
  const stopped = Promise.withResolvers<void>();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stopped.resolve());
  const { origin, close } = await serve({ port: SITE_PORT, handlers: siteHandlers(folder) });
  console.log(`docs: ${origin}/  Stop with Ctrl-C.`);
  await stopped.promise;
  await close();
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
