/**
 * Hashes from a folder of pictures: PDQ of each at full resolution, and on request the SHA-256 of each file.
 * The picture is what a viewer shows, as in the sandbox: turned as its EXIF says, in sRGB, on white, first frame.
 * Flow: importList → here → candidates.
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { loadPdq, type Pdq } from '@lodestone/pdq';
import { fromHex } from '@lodestone/protocol/bytes';
import { LodestoneError } from '@lodestone/protocol/error';
import { LIMITS } from '@lodestone/protocol/limits';
import { messageOf } from '../keys/authority.ts';
import { sha256Hex } from '../repository/digest.ts';
import type { Candidate, Refusal } from './candidate.ts';
import { unfitHash, unfitQuality } from './hash-quality.ts';
import type { Row } from './record.ts';

/** Formats of pictures as people send them. Not SVG: it is a program, not a picture. */
const FORMATS: readonly string[] = ['jpeg', 'png', 'webp', 'gif', 'heif', 'tiff'];

export async function* readPictures(folder: string, exact: boolean): AsyncGenerator<Candidate | Refusal> {
  const pdq = await loadPdq();
  for (const file of await filesIn(folder)) {
    yield await readFileRows(pdq, path.join(folder, file), file, exact);
  }
}

/** All files below the folder, in a fixed order; hidden ones are the system's. */
async function filesIn(folder: string): Promise<string[]> {
  const all = await readdir(folder, { recursive: true, withFileTypes: true });
  return all
    .filter((file) => file.isFile() && !file.name.startsWith('.'))
    .map((file) => path.relative(folder, path.join(file.parentPath, file.name)))
    .sort();
}

async function readFileRows(pdq: Pdq, file: string, source: string, exact: boolean): Promise<Candidate | Refusal> {
  const bytes = await readFile(file);
  const rows: Row[] = exact && bytes.length > 0 ? [{ type: 'sha256', payload: fromHex(sha256Hex(bytes)) }] : [];
  try {
    return { source, rows: [await hashPicture(pdq, bytes), ...rows] };
  } catch (error) {
    if (!(error instanceof LodestoneError) || error.code !== 'ERR_IMPORT') throw error;
    return rows.length > 0 ? { source, rows, partly: error.message } : { source, why: error.message };
  }
}

/** @throws {LodestoneError} `ERR_IMPORT` for what is no picture, or one that may not be listed */
async function hashPicture(pdq: Pdq, file: Uint8Array): Promise<Row> {
  const { data, width, height } = await decode(file);
  if (Math.max(width, height) > LIMITS.pictureSide) {
    throw new LodestoneError('ERR_IMPORT', `${width}×${height} pixels; a side may have ${LIMITS.pictureSide}`);
  }
  const { hash, quality } = pdq.hash({ data, width, height, channels: 3 });
  const why = unfitQuality(quality) ?? unfitHash(hash);
  if (why !== undefined) throw new LodestoneError('ERR_IMPORT', why);
  return { type: 'pdq', payload: hash, quality };
}

async function decode(file: Uint8Array): Promise<{ data: Uint8Array; width: number; height: number }> {
  try {
    const picture = sharp(file, { limitInputPixels: LIMITS.picturePixels, failOn: 'error' });
    const { format } = await picture.metadata();
    if (!FORMATS.includes(format)) throw new Error(`the format ${format} is not one that is checked`);
    const { data, info } = await picture
      .autoOrient()
      .toColourspace('srgb')
      .flatten({ background: '#ffffff' })
      .removeAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) throw new Error(`${info.channels} channels of colour`);
    return { data, width: info.width, height: info.height };
  } catch (cause) {
    throw new LodestoneError('ERR_IMPORT', `no picture that can be read: ${messageOf(cause)}`, { cause });
  }
}
