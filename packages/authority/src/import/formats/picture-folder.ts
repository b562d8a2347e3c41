/**
 * Import format: a folder of pictures and videos. Lists the PDQ hashes of each picture at full resolution, as viewers show it, those of
 * a video's frames and, on request, the SHA-256 of each file. A picture that viewers show differently has several hashes, under one entry.
 * Spec: docs/design/authority.md#import
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { loadPdq, type Pdq } from '@lodestone/pdq';
import { type ShownPicture, shownPictures } from '@lodestone/pdq/shown-pictures';
import { fromHex, toHex } from '@lodestone/protocol/bytes';
import { LIMITS } from '@lodestone/protocol/limits';
import { messageOf } from '../../keys/authority.ts';
import { sha256Hex } from '../../repository/digest.ts';
import { importError, type ImportFormat, type ImportItem, refusalReason } from '../format.ts';
import { hashProblem, qualityProblem } from '../hash-quality.ts';
import type { Row } from '../import-record.ts';
import { hashVideo, isVideo } from './video-frames.ts';

export const pictureFolder: ImportFormat = {
  description: 'a folder of pictures and videos',
  accepts: ({ isFolder }) => isFolder,
  read: ({ path: folder }, { exact }) => readFolder(folder, exact),
};

async function* readFolder(folder: string, exact: boolean): AsyncGenerator<ImportItem> {
  const pdq = await loadPdq();
  for (const file of await filesIn(folder)) {
    yield await readItem(pdq, path.join(folder, file), file, exact);
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

async function readItem(pdq: Pdq, file: string, source: string, exact: boolean): Promise<ImportItem> {
  const bytes = await readFile(file);
  const rows: Row[] = exact && bytes.length > 0 ? [{ type: 'sha256', payload: fromHex(sha256Hex(bytes)) }] : [];
  try {
    const hashed = isVideo(file) ? [await hashVideo(pdq, file)] : await hashPictures(pdq, bytes);
    return { source, rows: [...hashed, ...rows] };
  } catch (error) {
    const why = refusalReason(error);
    return rows.length > 0 ? { source, rows, partlyRefused: why } : { source, why };
  }
}

/**
 * One row for each hash that can be listed.
 * @throws {LodestoneError} `ERR_IMPORT` if the file is not a picture, or none of its hashes can be listed
 */
async function hashPictures(pdq: Pdq, file: Uint8Array): Promise<Row[]> {
  const rows = new Map<string, Row>();
  let problem: string | undefined;
  for await (const picture of readable(shownPictures(file, { maxPixels: LIMITS.picturePixels }))) {
    const { width, height } = picture;
    if (Math.max(width, height) > LIMITS.pictureSide) {
      throw importError(`the picture has ${width}×${height} pixels; a side may have at most ${LIMITS.pictureSide}`);
    }
    const { hash, quality } = pdq.hash(picture);
    const found = qualityProblem(quality) ?? hashProblem(hash);
    if (found === undefined) rows.set(toHex(hash), { type: 'pdq', payload: hash, quality });
    problem ??= found;
  }
  if (rows.size === 0 && problem !== undefined) throw importError(problem);
  return [...rows.values()];
}

async function* readable(pictures: AsyncIterable<ShownPicture>): AsyncGenerator<ShownPicture> {
  try {
    yield* pictures;
  } catch (cause) {
    throw importError(`not a readable picture: ${messageOf(cause)}`, { cause });
  }
}
