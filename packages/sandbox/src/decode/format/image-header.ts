/** What a picture's own structure says before any decoder sees it. Each format has a file of its own beside this one. */
import type { PictureType } from '../sniff.ts';
import { readAvif } from './avif.ts';
import { readBmp } from './bmp.ts';
import { readGif } from './gif.ts';
import { readJpeg } from './jpeg.ts';
import { readPng } from './png.ts';
import { readWebp } from './webp.ts';

export interface PictureFacts {
  /** Pixels as stored, before any orientation. */
  width: number;
  height: number;
  /**
   * False where the structure ends before the format's own end, or breaks its own check sums: browsers often show such a
   * picture in part, and call it whole.
   */
  complete: boolean;
}

/** Reads a picture's structure; undefined where no size can be found. Never throws. */
export type ReadFacts = (bytes: Uint8Array) => PictureFacts | undefined;

const READERS: Record<PictureType, ReadFacts> = {
  'image/jpeg': readJpeg,
  'image/png': readPng,
  'image/webp': readWebp,
  'image/gif': readGif,
  'image/avif': readAvif,
  'image/bmp': readBmp,
};

export function readFacts(type: PictureType, bytes: Uint8Array): PictureFacts | undefined {
  const facts = READERS[type](bytes);
  return facts && facts.width > 0 && facts.height > 0 ? facts : undefined;
}
