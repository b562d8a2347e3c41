/**
 * Looks pictures up in a list of a million rows that has none of them: how near does the nearest row come, by each group of variants? Rows and
 * pictures are parts of free photographs, turned and mirrored; a photograph's own rows do not count. Flow: main → here → page.
 */
import path from 'node:path';
import { distance, hashVariants, loadPdq, orientations, type Pdq, type Picture } from '@lodestone/pdq';
import sharp from 'sharp';
import { type Pixels, pixelsOf, random } from './edits.ts';
import type { Way } from './measure.ts';

const ROWS = 1_000_000;
/** Parts of each photograph that are looked up, in addition to itself. */
const PARTS = 10;
/** Sides of a part, as a share of the photograph's. */
const [LEAST_SHARE, MOST_SHARE] = [0.3, 0.9];
/** Photographs are reduced first: the sandbox does that too. */
const LONGEST_SIDE = 512;
const LEAST_QUALITY = 50;
/** An order's `minQuality`, which holds for the picture and its variants, not for the rows. */
const QUALITIES = [LEAST_QUALITY, 70, 90, 100];
/** The index finds no farther ones. */
export const FARTHEST = 63;
/** Two packages have the same photograph. */
const SAME_PHOTOGRAPH = 48;
/** Another part of a photograph that another package has too: found by looking at the nearest pairs. */
const OTHER_PARTS = ['jordan.jpg'];

export type FalseMatchWay = Way | 'orientations' | 'any';

export interface FalseMatches {
  readonly rows: number;
  readonly photographs: number;
  /** Pictures that were looked up. */
  readonly pictures: number;
  /** How many pictures have their nearest row of another photograph at 0, 1, … 63 bits. */
  readonly nearest: Readonly<Record<FalseMatchWay, readonly number[]>>;
  /** How many pairs of a hash and a row of another photograph are that near, by any way. */
  readonly pairs: readonly number[];
  /** If an order asks for more quality: how many pictures are looked up, and how near their nearest rows are, by any way. */
  readonly qualities: readonly {
    readonly least: number;
    readonly pictures: number;
    readonly nearest: readonly number[];
  }[];
}

export async function measureFalseMatches(
  files: readonly string[],
  say: (line: string) => void,
): Promise<FalseMatches> {
  const pdq = await loadPdq();
  const photographs = await differentPhotographs(pdq, files);
  const perPhotograph = Math.ceil(ROWS / photographs.length);
  const index = pdq.createIndex({ rowCount: perPhotograph * photographs.length, kind: 'linear' });
  for (const [number, photograph] of photographs.entries()) index.fill(rowsOf(pdq, photograph, number, perPhotograph));
  say(`${index.rowCount} rows of ${photographs.length} photographs`);

  const nearest: Record<FalseMatchWay, number[]> = {
    plain: counts(),
    orientations: counts(),
    phase: counts(),
    margins: counts(),
    borders: counts(),
    rotations: counts(),
    any: counts(),
  };
  const pairs = counts();
  const qualities = QUALITIES.map((least) => ({ least, pictures: 0, nearest: counts() }));
  let pictures = 0;
  for (const [number, photograph] of photographs.entries()) {
    for (let part = 0; part <= PARTS; part++) {
      const picture = part === 0 ? photograph : partOf(photograph, number, -part);
      const { quality } = pdq.hash(picture);
      if (quality < LEAST_QUALITY) continue;
      pictures++;
      const hashes = hashesOf(pdq, picture);
      const found = index
        .queryBatch(
          hashes.map(({ hash }) => hash),
          FARTHEST,
        )
        .map((matches) => matches.filter(({ row }) => Math.floor(row / perPhotograph) !== number));
      const best = new Map<FalseMatchWay, number>();
      for (const [i, matches] of found.entries())
        for (const { distance: bits } of matches) {
          add(pairs, bits);
          for (const way of [hashes[i]?.way ?? 'any', 'any'] as const)
            best.set(way, Math.min(best.get(way) ?? Infinity, bits));
        }
      for (const [way, bits] of best) add(nearest[way], bits);
      for (const each of qualities.filter(({ least }) => quality >= least)) {
        each.pictures++;
        const near = found.flatMap((matches, i) =>
          (hashes[i]?.quality ?? 0) < each.least ? [] : matches.map((match) => match.distance),
        );
        if (near.length > 0) add(each.nearest, Math.min(...near));
      }
    }
    if ((number + 1) % 50 === 0) say(`${number + 1} photographs looked up among a million rows`);
  }
  return { rows: index.rowCount, photographs: photographs.length, pictures, nearest, pairs, qualities };
}

function counts(): number[] {
  return Array.from({ length: FARTHEST + 1 }, () => 0);
}

function add(to: number[], bits: number): void {
  to[bits] = (to[bits] ?? 0) + 1;
}

type Photograph = Pixels & { readonly channels: 3 };

async function differentPhotographs(pdq: Pdq, files: readonly string[]): Promise<Photograph[]> {
  const photographs: Photograph[] = [];
  const known: Uint8Array[] = [];
  for (const file of files) {
    if (OTHER_PARTS.includes(path.basename(file))) continue;
    const pixels = await pixelsOf(
      sharp(file).rotate().resize(LONGEST_SIDE, LONGEST_SIDE, { fit: 'inside', withoutEnlargement: true }),
    );
    const photograph = { ...pixels, channels: 3 } as const;
    const { hashes, quality } = pdq.hashOrientations(photograph);
    const turned = Object.values(hashes);
    if (quality < LEAST_QUALITY) continue;
    if (known.some((other) => turned.some((hash) => distance(hash, other) <= SAME_PHOTOGRAPH))) continue;
    known.push(hashes.original);
    photographs.push(photograph);
  }
  return photographs;
}

/** Hashes of parts of the photograph, each in the eight orientations. */
function rowsOf(pdq: Pdq, photograph: Photograph, number: number, count: number): Uint8Array {
  const rows = new Uint8Array(32 * count);
  for (let row = 0, part = 0; row < count; part++) {
    const { hashes, quality } = pdq.hashOrientations(partOf(photograph, number, part));
    // A list has no flat pictures. A photograph of a large sky may have few other parts.
    if (quality < LEAST_QUALITY && part < 4 * count) continue;
    for (const name of orientations) if (row < count) rows.set(hashes[name], 32 * row++);
  }
  return rows;
}

/** @param part a number; each has its own size, shape and place */
function partOf({ data, width, height, channels }: Photograph, number: number, part: number): Picture {
  const of = (side: number, salt: number): [from: number, length: number] => {
    const share = LEAST_SHARE + (MOST_SHARE - LEAST_SHARE) * random(number, salt);
    const length = Math.max(8, Math.round(side * share));
    return [Math.floor((side - length) * random(number, salt + 1)), length];
  };
  const [left, w] = of(width, 4 * part + 1_000);
  const [top, h] = of(height, 4 * part + 1_002);
  const stride = width * channels;
  const rows = data.subarray(top * stride + left * channels, (top + h - 1) * stride + (left + w) * channels);
  return { data: rows, width: w, height: h, channels, stride };
}

function hashesOf(pdq: Pdq, picture: Picture): { way: FalseMatchWay; hash: Uint8Array; quality: number }[] {
  const { hashes, quality } = pdq.hashOrientations(picture);
  return [
    { way: 'plain', hash: pdq.hash(picture).hash, quality },
    ...orientations
      .filter((name) => name !== 'original')
      .map((name) => ({ way: 'orientations' as const, hash: hashes[name], quality })),
    ...hashVariants(pdq, picture)
      .filter((variant) => variant.quality >= LEAST_QUALITY)
      .map((variant) => ({ way: variant.group, hash: variant.hash, quality: variant.quality })),
  ];
}
