/**
 * Import format: a folder of pictures and videos. Lists the PDQ hashes of each picture at full resolution, as viewers show it, those of
 * a video's frames and, on request, those of a picture's crops and the SHA-256 of each file. A picture that viewers show differently has several hashes, under one entry.
 * Spec: docs/design/authority.md#import
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { type HashedPicture, hashCrops, loadPdq, type Pdq } from '@lodestone/pdq';
import { type ShownPicture, shownPictures } from '@lodestone/pdq/shown-pictures';
import { fromHex, toHex } from '@lodestone/protocol/bytes';
import { LIMITS, SCAN_LIMITS } from '@lodestone/protocol/limits';
import { messageOf } from '../../keys/authority.ts';
import { sha256Hex } from '../../repository/digest.ts';
import { importError, type ImportFormat, type ImportItem, type ReadOptions, refusalReason } from '../format.ts';
import { hashProblem, qualityProblem } from '../hash-quality.ts';
import type { Row } from '../import-record.ts';
import { loadRankSubsets, type RankSubsets } from '../rank-subsets.ts';
import { hashVideo, isVideo } from './video-frames.ts';

export const pictureFolder: ImportFormat = {
  description: 'a folder of pictures and videos',
  accepts: ({ isFolder }) => isFolder,
  read: ({ path: folder }, options) => readFolder(folder, options),
};

async function* readFolder(folder: string, options: ReadOptions): AsyncGenerator<ImportItem> {
  const tools = { pdq: await loadPdq(), rank: options.ranked ? await loadRankSubsets() : undefined };
  for (const file of await filesIn(folder)) {
    yield await readItem(tools, path.join(folder, file), file, options);
  }
}

/** All files below the folder, sorted. Hidden files are skipped. */
async function filesIn(folder: string): Promise<string[]> {
  const all = await readdir(folder, { recursive: true, withFileTypes: true });
  return all
    .filter((file) => file.isFile() && !file.name.startsWith('.'))
    .map((file) => path.relative(folder, path.join(file.parentPath, file.name)))
    .sort();
}

async function readItem(
  tools: Tools,
  file: string,
  source: string,
  { exact, crops }: ReadOptions,
): Promise<ImportItem> {
  const bytes = await readFile(file);
  const rows: Row[] = exact && bytes.length > 0 ? [{ type: 'sha256', payload: fromHex(sha256Hex(bytes)) }] : [];
  try {
    if (isVideo(file)) return { source, rows: [await hashVideo(tools.pdq, file), ...rows] };
    const { hashed, leftOut } = await hashPictures(tools, bytes, crops);
    return { source, rows: [...hashed, ...rows], ...(leftOut !== undefined && { partlyRefused: leftOut }) };
  } catch (error) {
    const why = refusalReason(error);
    return rows.length > 0 ? { source, rows, partlyRefused: why } : { source, why };
  }
}

interface Tools {
  pdq: Pdq;
  /** Of a locked list. */
  rank: RankSubsets | undefined;
}

/** What can be listed of a picture, and why some of its crops cannot. */
interface Hashes {
  hashed: Row[];
  leftOut?: string | undefined;
}

/**
 * One row for each hash that can be listed. A picture that cannot be listed has no crops in the list either.
 * @throws {LodestoneError} `ERR_IMPORT` if the file is not a picture, or none of its hashes can be listed
 */
async function hashPictures({ pdq, rank }: Tools, file: Uint8Array, crops: boolean): Promise<Hashes> {
  const options = { coefficients: rank !== undefined };
  const rows = new Map<string, Row>();
  const problems: string[] = [];
  const poorCrops: string[] = [];
  for await (const picture of readable(shownPictures(file, { maxPixels: SCAN_LIMITS.picturePixels }))) {
    const { width, height } = picture;
    if (Math.max(width, height) > LIMITS.pictureSide) {
      throw importError(`the picture has ${width}×${height} pixels; a side may have at most ${LIMITS.pictureSide}`);
    }
    const whole = pdq.hash(picture, options);
    const problem = problemOf(whole);
    if (problem !== undefined) {
      problems.push(problem);
      continue;
    }
    rows.set(toHex(whole.hash), rowOf(whole, rank));
    for (const { name, ...hashed } of crops ? hashCrops(pdq, picture, options) : []) {
      const key = toHex(hashed.hash);
      if (problemOf(hashed) !== undefined) poorCrops.push(name);
      else if (!rows.has(key)) rows.set(key, { ...rowOf(hashed, rank), crop: name });
    }
  }
  if (rows.size === 0 && problems[0] !== undefined) throw importError(problems[0]);
  return {
    hashed: [...rows.values()],
    leftOut:
      poorCrops.length === 0
        ? undefined
        : `crops with too few features, which would match others: ${poorCrops.join(', ')}`,
  };
}

function problemOf({ hash, quality }: HashedPicture): string | undefined {
  return qualityProblem(quality) ?? hashProblem(hash);
}

function rowOf({ hash, quality, coefficients }: HashedPicture, rank: RankSubsets | undefined): Row {
  return { type: 'pdq', payload: hash, quality, ...(rank && coefficients && { subsets: rank({ coefficients }) }) };
}

async function* readable(pictures: AsyncIterable<ShownPicture>): AsyncGenerator<ShownPicture> {
  try {
    yield* pictures;
  } catch (cause) {
    // libvips repeats itself, one line each; the report of an import has one line for each file
    const [why] = messageOf(cause).split('\n');
    throw importError(`not a readable picture: ${why}`, { cause });
  }
}
