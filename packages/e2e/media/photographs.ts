/**
 * Free photographs for the measurement: those of npm packages, in a folder that git ignores, as they are published and in other forms,
 * each with the hash that the reference gives. Promise: the same pictures in the same order on each machine; none is committed.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { THEMES, themePhotographs } from '@lodestone/testkit/published-photographs';
import sharp from 'sharp';
import { type Form, FORMS } from './forms.ts';
import type { MeasuredPicture } from './measure.ts';

export interface Photograph extends MeasuredPicture {
  readonly form: Form;
  readonly width: number;
  readonly height: number;
  /** PDQ's. */
  readonly quality: number;
}

type FormedPhotograph = Omit<Photograph, 'hash' | 'quality'>;

/** One of this many photographs is measured in each other form too. */
const FORM_EVERY = 16;

/** @param count of photographs as published, spread evenly over all */
export async function photographs(
  folder: string,
  count: number,
  say: (line: string) => void,
): Promise<readonly Photograph[]> {
  const published = (await themePhotographs(folder)).map((one) => ({ ...one, form: 'as published' as const }));
  const chosen = published.filter(
    (_, i) => Math.floor((i * count) / published.length) !== Math.floor(((i - 1) * count) / published.length),
  );
  const made = path.join(folder, 'made');
  mkdirSync(made, { recursive: true });
  const others: FormedPhotograph[] = [];
  for (const [i, photograph] of chosen.entries()) {
    if (i % FORM_EVERY === 0) for (const form of FORMS.slice(1)) others.push(await inForm(photograph, form, i, made));
  }
  say(
    `${published.length} photographs in ${THEMES.length} packages; ${chosen.length} of them, and ${others.length} in other forms`,
  );
  return hashed([...chosen, ...others]);
}

async function inForm(
  { file, width, height }: FormedPhotograph,
  form: Form,
  i: number,
  folder: string,
): Promise<FormedPhotograph> {
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
function hashed(pictures: readonly FormedPhotograph[]): Photograph[] {
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
      all.push({ ...(some[i] as FormedPhotograph), hash, quality: Number(quality) });
    }
  }
  return all;
}
