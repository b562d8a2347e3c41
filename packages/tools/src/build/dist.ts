/**
 * What makes a `dist` that the compiler wrote into one that can be published: files of sources that are gone leave it,
 * and the sandbox joins the client's, as auditors compare it.
 */
import { copyFileSync, globSync, rmSync } from 'node:fs';
import path from 'node:path';
import { packagesOf } from '../run/packages.ts';
import { ROOT } from '../run/program.ts';
import { staleFiles } from './stale.ts';

const SANDBOX_FILES = ['sandbox.html', 'sandbox.lock.json', 'classifier.mjs', 'runtime.wasm'];

/** The folders of the packages that have a `dist`. */
export function builtFolders(): string[] {
  return packagesOf()
    .map((one) => one.folder)
    .filter((folder) => !['packages/tools', 'packages/demo', 'packages/e2e'].includes(folder));
}

/** @returns how many files were stale */
export function finishDist(): number {
  const removed = builtFolders().flatMap(removeStale);
  for (const file of SANDBOX_FILES) {
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
