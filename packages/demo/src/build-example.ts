/**
 * Builds an example with Vite from the packages' sources, again only after a change. The examples need no setting for
 * Lodestone; the `source` condition here lets a fresh clone run without `dist`.
 */
import path from 'node:path';
import { type Alias, build, defaultClientConditions } from 'vite';
import { ROOT } from '@lodestone/tools/run/program';
import { type CachedBuild, cachedBuild, digestOfFiles } from '@lodestone/tools/build/cached-build';

export type Example = 'vanilla-chat' | 'react-e2ee-chat';

/** Builds that all demos of this clone share: no secrets, no state. */
export const CACHE: string = path.join(ROOT, '.cache/demo');

export interface BuildOptions {
  say: (line: string) => void;
  /** Replaces modules, for a test; `inputs` are the files that the replacement depends on. */
  instead?: { name: string; alias: Alias[]; inputs: string[] };
}

export async function buildExample(example: Example, { say, instead }: BuildOptions): Promise<string> {
  const started = performance.now();
  const inputs = [
    `examples/${example}/{index.html,vite.config.ts,package.json}`,
    `examples/${example}/{src,public}/**/*.*`,
    'packages/{client,protocol,trust,seal}/{package.json,src/**/*.*}',
    'pnpm-lock.yaml',
    ...(instead?.inputs ?? []),
  ];
  const base = path.join(CACHE, instead ? `${example}-${instead.name}` : example);
  const { folder, status }: CachedBuild = await cachedBuild(base, await digestOfFiles(inputs), async (into) => {
    await build({
      root: path.join(ROOT, 'examples', example),
      logLevel: 'error',
      resolve: { conditions: ['source', ...defaultClientConditions], alias: instead?.alias ?? [] },
      build: { outDir: into, emptyOutDir: true },
    });
  });
  if (status === 'built') say(`${example} built (${((performance.now() - started) / 1_000).toFixed(1)} s)`);
  return folder;
}
