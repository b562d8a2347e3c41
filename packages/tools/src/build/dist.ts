/**
 * Makes a `dist` that the compiler wrote ready to publish: removes files whose sources are gone, and copies the sandbox
 * files, which auditors compare, into the client's `dist`.
 */
import { copyFileSync, globSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../run/program.ts';
import { staleFiles } from './stale.ts';

/** Only type-checked. */
const TOOLS = 'packages/tools';
/** The document, its lock file, the code of each lazy part, the classifier's trimmed runtime. */
const SANDBOX_FILES = '{sandbox.html,sandbox.lock.json,*.mjs,runtime.wasm}';

/** The folders of the packages that the compiler builds into a `dist`. */
export function builtFolders(): string[] {
  const config = JSON.parse(readFileSync(path.join(ROOT, 'packages/tsconfig.json'), 'utf8')) as {
    references: readonly { path: string }[];
  };
  return config.references.map((one) => path.join('packages', one.path)).filter((folder) => folder !== TOOLS);
}

/** @returns how many files were stale */
export function finishDist(): number {
  const removed = builtFolders().flatMap(removeStale);
  for (const file of globSync(SANDBOX_FILES, { cwd: path.join(ROOT, 'packages/sandbox/dist') })) {
    copyFileSync(path.join(ROOT, 'packages/sandbox/dist', file), path.join(ROOT, 'packages/client/dist', file));
  }
  return removed.length;
}

function removeStale(folder: string): string[] {
  const dist = path.join(ROOT, folder, 'dist');
  const filesIn = (root: string) => globSync('**/*.*', { cwd: root }).map((file) => file.replaceAll('\\', '/'));
  const stale = staleFiles(filesIn(dist), filesIn(path.join(ROOT, folder, 'src')));
  for (const file of stale) rmSync(path.join(dist, file));
  return stale;
}
