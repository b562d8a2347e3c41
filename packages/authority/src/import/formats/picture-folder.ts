/**
 * Import format: a folder of pictures and videos. Lists the PDQ hash of each picture at full resolution, those of a video's frames and,
 * on request, the SHA-256 of each file. The pixels are those that a viewer shows, as in the sandbox: EXIF orientation applied, sRGB, on white, first frame.
 * Spec: docs/design/authority.md#import
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { loadPdq, type Pdq } from '@lodestone/pdq';
import { fromHex } from '@lodestone/protocol/bytes';
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

/** File formats in which people send pictures. SVG is excluded: it can contain scripts. */
const FORMATS: readonly string[] = ['jpeg', 'png', 'webp', 'gif', 'heif', 'tiff'];

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
    const hashed = await (isVideo(file) ? hashVideo(pdq, file) : hashPicture(pdq, bytes));
    return { source, rows: [hashed, ...rows] };
  } catch (error) {
    const why = refusalReason(error);
    return rows.length > 0 ? { source, rows, partlyRefused: why } : { source, why };
  }
}

/** @throws {LodestoneError} `ERR_IMPORT` if the file is not a picture or cannot be listed */
async function hashPicture(pdq: Pdq, file: Uint8Array): Promise<Row> {
  const { data, width, height } = await decode(file);
  if (Math.max(width, height) > LIMITS.pictureSide) {
    throw importError(`the picture has ${width}×${height} pixels; a side may have at most ${LIMITS.pictureSide}`);
  }
  const { hash, quality } = pdq.hash({ data, width, height, channels: 3 });
  const problem = qualityProblem(quality) ?? hashProblem(hash);
  if (problem !== undefined) throw importError(problem);
  return { type: 'pdq', payload: hash, quality };
}

async function decode(file: Uint8Array): Promise<{ data: Uint8Array; width: number; height: number }> {
  // Loaded here, because it is a large native library that no other command needs.
  const { default: sharp } = await import('sharp');
  try {
    const picture = sharp(file, { limitInputPixels: LIMITS.picturePixels, failOn: 'error' });
    const { format } = await picture.metadata();
    if (!FORMATS.includes(format)) throw new Error(`devices do not check the format ${format}`);
    const { data, info } = await picture
      .autoOrient()
      .toColourspace('srgb')
      .flatten({ background: '#ffffff' })
      .removeAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) throw new Error(`the picture has ${info.channels} colour channels instead of 3`);
    return { data, width: info.width, height: info.height };
  } catch (cause) {
    throw importError(`not a readable picture: ${messageOf(cause)}`, { cause });
  }
}
