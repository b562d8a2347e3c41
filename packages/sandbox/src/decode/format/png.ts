/** PNG (W3C PNG §5): chunks from IHDR to IEND, each with a checksum. Engines ignore the checksum of an ancillary chunk, such as a text. */
import { ascii, uint32BigEndian, uint8 } from '../byte-reader.ts';
import { exifOrientation } from './exif.ts';
import type { ReadHeader } from './image-header.ts';

const SIGNATURE = 8;
/** Length, type and checksum around each chunk's data. */
const AROUND = 12;
/** The bit of a type's first letter that makes a chunk ancillary (§5.4). */
const ANCILLARY = 0x20;

export const readPng: ReadHeader = (bytes) => {
  if (ascii(bytes, 12, 16) !== 'IHDR') return undefined;
  const size = { width: uint32BigEndian(bytes, 16), height: uint32BigEndian(bytes, 20) };
  let data = false;
  let isSideways = false;
  const found = (complete: boolean): ReturnType<ReadHeader> => ({
    ...size,
    complete,
    ...(isSideways && { isSideways }),
  });
  for (let at = SIGNATURE; at + AROUND <= bytes.length;) {
    const type = ascii(bytes, at + 4, at + 8);
    const end = at + AROUND + uint32BigEndian(bytes, at);
    if (end > bytes.length) break;
    const isAncillary = (uint8(bytes, at + 4) & ANCILLARY) !== 0;
    if (!isAncillary && crc32(bytes.subarray(at + 4, end - 4)) !== uint32BigEndian(bytes, end - 4)) break;
    if (type === 'IEND') return found(data);
    data ||= type === 'IDAT';
    // Behind the pixels browsers ignore it.
    if (type === 'eXIf' && !data) isSideways = exifOrientation(bytes.subarray(at + 8, end - 4)) > 4;
    at = end;
  }
  return found(false);
};

/** PNG annex D. */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) {
    crc = (crc >>> 8) ^ (CRC_TABLE[(crc ^ (bytes[i] as number)) & 0xff] as number);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
