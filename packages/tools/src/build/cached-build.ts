/**
 * A folder that is built once for each version of its inputs. It is built under a temporary name and then renamed, and its
 * name contains the version. Promise: an interrupted start leaves no partial folder, concurrent starts do not disturb each
 * other, and no start removes a folder that another one uses.
 */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, globSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { ROOT } from '../run/program.ts';

export interface CachedBuild {
  /** `BASE-VERSION`. */
  readonly folder: string;
  readonly status: 'built' | 'up to date';
}

const VERSION_LETTERS = 16;

/**
 * @param version digest of everything that the content depends on
 * @param build fills the given folder
 */
export async function cachedBuild(
  base: string,
  version: string,
  build: (into: string) => Promise<void>,
): Promise<CachedBuild> {
  const folder = `${base}-${version.slice(0, VERSION_LETTERS)}`;
  if (existsSync(folder)) return { folder, status: 'up to date' };
  const temporary = `${folder}.${randomBytes(4).toString('hex')}`;
  try {
    await mkdir(temporary, { recursive: true });
    await build(temporary);
    await rename(temporary, folder);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    // A concurrent start may have built the same version.
    if (!existsSync(folder)) throw error;
  }
  await removeOthers(base, folder);
  return { folder, status: 'built' };
}

/** A version for `cachedBuild`. @param patterns from the root of the repository */
export async function digestOfFiles(patterns: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of globSync([...patterns], { cwd: ROOT, exclude: ['**/node_modules/**'] }).sort()) {
    hash.update(`${file}\n`).update(await readFile(path.join(ROOT, file)));
  }
  return hash.digest('hex');
}

/** Removes builds of other versions, but no temporary folder of a concurrent start. */
async function removeOthers(base: string, folder: string): Promise<void> {
  const prefix = `${path.basename(base)}-`;
  const isOld = (name: string): boolean =>
    name.startsWith(prefix) && !name.includes('.') && name !== path.basename(folder);
  const parent = path.dirname(base);
  const old = (await readdir(parent)).filter(isOld);
  await Promise.all(old.map((name) => rm(path.join(parent, name), { recursive: true, force: true })));
}
