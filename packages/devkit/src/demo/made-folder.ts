/**
 * A folder that is made from something, as a whole, and made again only when that changed. It is made aside and moved into
 * place, so a start that was interrupted leaves no half of it behind, and two starts at once do not disturb each other.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

const STAMP = '.made-from';

/**
 * @param version digest of everything that the content depends on
 * @param make fills the folder that it is given
 */
export async function madeFolder(
  folder: string,
  version: string,
  make: (into: string) => Promise<void>,
): Promise<'made' | 'up to date'> {
  if (await isMadeFrom(folder, version)) return 'up to date';
  const aside = `${folder}.${randomBytes(4).toString('hex')}`;
  try {
    await mkdir(aside, { recursive: true });
    await make(aside);
    await writeFile(path.join(aside, STAMP), version);
    await rm(folder, { recursive: true, force: true });
    await rename(aside, folder);
  } catch (error) {
    await rm(aside, { recursive: true, force: true });
    // Another start was faster with the same.
    if (!(await isMadeFrom(folder, version))) throw error;
  }
  return 'made';
}

async function isMadeFrom(folder: string, version: string): Promise<boolean> {
  return (await readFile(path.join(folder, STAMP), 'utf8').catch(() => undefined)) === version;
}
