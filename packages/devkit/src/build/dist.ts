/**
 * What makes a `dist` that the compiler wrote into one that can be published: files of sources that are gone leave it,
 * and the room joins the client's, as auditors compare it.
 */
import { copyFileSync, globSync, rmSync } from 'node:fs';
import path from 'node:path';
import { packagesOf } from '../run/packages.ts';
import { ROOT } from '../run/program.ts';
import { staleFiles } from './stale.ts';

const ROOM_FILES = ['room.html', 'room.lock.json', 'classifier.mjs', 'runtime.wasm'];

/** The folders of the packages that have a `dist`. */
export function builtFolders(): string[] {
  return packagesOf()
    .map((one) => one.folder)
    .filter((folder) => folder !== 'packages/devkit');
}

/** @returns how many files were stale */
export function finishDist(): number {
  const removed = builtFolders().flatMap(removeStale);
  for (const file of ROOM_FILES) {
    copyFileSync(path.join(ROOT, 'packages/room/dist', file), path.join(ROOT, 'packages/client/dist', file));
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
