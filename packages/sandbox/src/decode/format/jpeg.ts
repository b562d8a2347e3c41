/** JPEG (ITU T.81 annex B): markers from SOI to EOI. The size is in the frame header, the end is the EOI marker. */
import { ascii, uint16BigEndian, uint8 } from '../byte-reader.ts';
import { exifOrientation } from './exif.ts';
import type { ReadHeader } from './image-header.ts';

const EOI = 0xd9;
const SOS = 0xda;
const APP1 = 0xe1;
const EXIF = 'Exif\0\0';
/** Start of frame, all processes; C4, C8 and CC are tables and reserved. */
const isFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
/** Markers without a segment: a stuffed zero, TEM, restarts, SOI. */
const hasNoSegment = (marker: number): boolean => marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd8);

export const readJpeg: ReadHeader = (bytes) => {
  let size: { width: number; height: number } | undefined;
  let orientation: number | undefined;
  let scans = 0;
  const found = (complete: boolean): ReturnType<ReadHeader> =>
    size && { ...size, complete, ...(orientation !== undefined && orientation > 4 && { isSideways: true }) };
  // Coded data is skipped by looking for the next 0xff, which is much faster than byte by byte.
  for (let at = 2; (at = bytes.indexOf(0xff, at)) >= 0;) {
    const marker = uint8(bytes, at + 1);
    const end = at + 2 + uint16BigEndian(bytes, at + 2);
    if (marker === 0xff) at += 1;
    else if (marker === EOI) return found(scans > 0);
    // Behind the first scan a marker whose segment would leave the file is a stray one, which decoders skip.
    else if (hasNoSegment(marker) || (scans > 0 && end > bytes.length)) at += 2;
    else {
      if (isFrame(marker)) size ??= { height: uint16BigEndian(bytes, at + 5), width: uint16BigEndian(bytes, at + 7) };
      if (marker === SOS) scans += 1;
      if (marker === APP1 && ascii(bytes, at + 4, at + 4 + EXIF.length) === EXIF)
        orientation ??= exifOrientation(bytes.subarray(at + 4 + EXIF.length, end));
      at = end;
    }
  }
  return found(false);
};
