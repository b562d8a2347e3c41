/**
 * A folder that is made from something, as a whole, and made again only when that changed. It is made aside and takes its name
 * at once, and the name is of that version alone: so a start that was interrupted leaves no half of it, starts at once do
 * not disturb each other, and none takes away what another is using.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';

export interface MadeFolder {
  /** `BASE-VERSION`. */
  readonly folder: string;
  readonly how: 'made' | 'up to date';
}

const VERSION_LETTERS = 16;

/**
 * @param version digest of everything that the content depends on
 * @param make fills the folder that it is given
 */
export async function madeFolder(
  base: string,
  version: string,
  make: (into: string) => Promise<void>,
): Promise<MadeFolder> {
  const folder = `${base}-${version.slice(0, VERSION_LETTERS)}`;
  if (existsSync(folder)) return { folder, how: 'up to date' };
  const aside = `${folder}.${randomBytes(4).toString('hex')}`;
  try {
    await mkdir(aside, { recursive: true });
    await make(aside);
    await rename(aside, folder);
  } catch (error) {
    await rm(aside, { recursive: true, force: true });
    // Another start was faster with the same.
    if (!existsSync(folder)) throw error;
  }
  await removeOthers(base, folder);
  return { folder, how: 'made' };
}

/** What was made of other versions; not what another start is making. */
async function removeOthers(base: string, folder: string): Promise<void> {
  const prefix = `${path.basename(base)}-`;
  const isOld = (name: string): boolean =>
    name.startsWith(prefix) && !name.includes('.') && name !== path.basename(folder);
  const parent = path.dirname(base);
  const old = (await readdir(parent)).filter(isOld);
  await Promise.all(old.map((name) => rm(path.join(parent, name), { recursive: true, force: true })));
}
