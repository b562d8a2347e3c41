/**
 * Free photographs for the measurement: those of npm packages, in a folder that git ignores, as they are published and in other forms,
 * each with the hash that the reference gives. Promise: the same pictures in the same order on each machine; none is committed.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { type Form, FORMS } from './forms.ts';
import type { MeasuredPicture } from './measure.ts';

/** Themes under the MIT licence; `@tabler/preview` states none of its own, and also has pictures of drawn e-mails. */
const PACKAGES = [
  'tabler-ui@0.0.34',
  '@tabler/preview@1.2.0',
  'startbootstrap-creative@7.0.7',
  'startbootstrap-agency@7.0.12',
  'paper-kit-2@2.1.0',
  'argon-design-system-free@1.2.0',
  'material-kit@2.0.4',
  'soft-ui-design-system@1.0.4',
];
/** The report of edited copies needs no particular number, so it takes these too. MIT licence. */
const MORE_PACKAGES = [
  'startbootstrap-clean-blog@6.0.9',
  'startbootstrap-landing-page@6.0.6',
  'startbootstrap-grayscale@7.0.6',
];
/** Drawn pages, which are not photographs. */
const DRAWN = `${path.sep}emails${path.sep}`;

export interface Photograph extends MeasuredPicture {
  readonly form: Form;
  readonly width: number;
  readonly height: number;
  /** PDQ's. */
  readonly quality: number;
}

type PublishedPhotograph = Omit<Photograph, 'hash' | 'quality'>;

/** A smaller picture keeps its pixels in any case. */
const LEAST_SIDE = 513;
/** One of this many photographs is measured in each other form too. */
const FORM_EVERY = 16;

/** @param count of photographs as published, spread evenly over all */
export async function photographs(
  folder: string,
  count: number,
  say: (line: string) => void,
): Promise<readonly Photograph[]> {
  const published = await publishedIn(folder, PACKAGES);
  const chosen = published.filter(
    (_, i) => Math.floor((i * count) / published.length) !== Math.floor(((i - 1) * count) / published.length),
  );
  const made = path.join(folder, 'made');
  mkdirSync(made, { recursive: true });
  const others: PublishedPhotograph[] = [];
  for (const [i, photograph] of chosen.entries()) {
    if (i % FORM_EVERY === 0) for (const form of FORMS.slice(1)) others.push(await inForm(photograph, form, i, made));
  }
  say(
    `${published.length} photographs in ${PACKAGES.length} packages; ${chosen.length} of them, and ${others.length} in other forms`,
  );
  return hashed([...chosen, ...others]);
}

/** Files of photographs, without those that are drawn; downloads the packages if necessary. */
export async function publishedPhotographs(folder: string): Promise<readonly string[]> {
  const published = await publishedIn(folder, [...PACKAGES, ...MORE_PACKAGES]);
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
      published.push({ form: 'as published', file, width: size.width, height: size.height });
  }
  return published;
}

async function inForm(
  { file, width, height }: PublishedPhotograph,
  form: Form,
  i: number,
  folder: string,
): Promise<PublishedPhotograph> {
  const to = path.join(folder, `${i} ${form}`);
  if (!existsSync(to)) {
    const open = sharp(file);
    const turned = 5 + ((i / FORM_EVERY) % 4);
    const coded =
      form === 'PNG'
        ? open.png({ compressionLevel: 2 })
        : form === 'WebP'
          ? open.webp({ quality: 85, effort: 0 })
          : open.jpeg({ quality: 90 }).withMetadata({ orientation: turned });
    await writeFile(to, await coded.toBuffer());
  }
  return { form, file: to, width, height };
}

/** With what `pdq hash` prints. */
function hashed(pictures: readonly PublishedPhotograph[]): Photograph[] {
  const program = fileURLToPath(import.meta.resolve('@lodestone/pdq')).replace(/src\/index\.ts$/, 'bin/pdq.js');
  const all: Photograph[] = [];
  for (let at = 0; at < pictures.length; at += 50) {
    const some = pictures.slice(at, at + 50);
    const printed = execFileSync(
      process.execPath,
      ['--conditions=source', program, 'hash', ...some.map(({ file }) => file)],
      { encoding: 'utf8' },
    );
    for (const [i, line] of printed.trim().split('\n').entries()) {
      const [hash = '', quality] = line.split(',');
      all.push({ ...(some[i] as PublishedPhotograph), hash, quality: Number(quality) });
    }
  }
  return all;
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
