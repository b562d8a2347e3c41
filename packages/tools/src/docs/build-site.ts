/**
 * Builds the documentation site: the pages, TypeDoc's reference of the packages' entry points, then VitePress. It is built once for each
 * version of what it is made of; `npm run docs`, `npm run check` and the end-to-end tests use the same build.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type CachedBuild, cachedBuild, digestOfFiles } from '../build/cached-build.ts';
import { ROOT, runQuietly, SOURCE } from '../run/program.ts';
import { filesOf, type Handler } from '../web-server.ts';
import { gatherPages, PAGES } from './site.ts';

/** Published below `schema/`, each with the command that prints it. */
const SCHEMAS: Readonly<Record<string, readonly string[]>> = {
  'order.json': ['packages/authority/src/cli/main.ts', 'order', '--schema'],
  'receiver.json': ['packages/receiver/src/cli/main.ts', 'schema'],
};

const INPUTS = [
  ...PAGES,
  'docs/{package.json,typedoc*.json,samples/*,.vitepress/**/*.*,**/*.svg}',
  'packages/{client,protocol,trust,seal,receiver,authority,pdq}/src/**/*.ts', // their comments are the reference
  'packages/tools/src/docs/*.ts',
  'pnpm-lock.yaml',
];

/** @throws with the output of the program that failed */
export async function buildSite(): Promise<CachedBuild> {
  const base = path.join(ROOT, '.cache/site-dist');
  return cachedBuild(base, await digestOfFiles(INPUTS), async (into) => {
    const site = path.join(ROOT, '.cache/site');
    gatherPages(ROOT, site);
    await writeSchemas(path.join(site, 'public/schema'));
    await run('typedoc/bin/typedoc', '--options', path.join(ROOT, 'docs/typedoc.json'), '--treatWarningsAsErrors');
    await run('vitepress/bin/vitepress.js', 'build', 'docs', '--outDir', into);
  });
}

/** VitePress serves `public` as it is. */
async function writeSchemas(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, [file = '', ...args]] of Object.entries(SCHEMAS)) {
    const { output } = await runQuietly(process.execPath, [SOURCE, path.join(ROOT, file), ...args]);
    await writeFile(path.join(folder, name), `${JSON.stringify(JSON.parse(output), undefined, 2)}\n`);
  }
}

async function run(program: string, ...args: string[]): Promise<void> {
  const file = path.join(ROOT, 'docs/node_modules', program);
  const { exitCode, output } = await runQuietly(process.execPath, [SOURCE, file, ...args]);
  if (exitCode !== 0) throw new Error(`${program} failed:\n${output}`);
}

/** Serves a built site. Its addresses have no `.html`, as static hosts do it. */
export function siteHandlers(folder: string): Handler[] {
  const files = filesOf(folder, '/');
  return [
    ({ url, ...request }) => {
      if (/\.[a-z\d]+$/.test(url.pathname)) return undefined;
      const page = new URL(url);
      page.pathname += page.pathname.endsWith('/') ? 'index.html' : '.html';
      return files({ ...request, url: page });
    },
    files,
  ];
}
