/** BMP (Windows and OS/2 bitmap headers): the pixels are at an offset, and the header determines their number of bytes. */
import { int32, uint16, uint32 } from '../byte-reader.ts';
import type { ReadHeader } from './image-header.ts';

const FILE_HEADER = 14;
/** Sizes of the second header. OS/2 2 cuts its header of 64 bytes after any field. */
const OS2_1 = 12;
const WINDOWS_3 = 40;
const OS2_2 = 64;
/** Values of `compression` with pixels of a number of bytes that the header states. OS/2 2 gives 3 and 4 other meanings. */
const RLE8 = 1;
const RLE4 = 2;
const OS2_HUFFMAN = 3;
const OS2_RLE24 = 4;

export const readBmp: ReadHeader = (bytes) => {
  const headerBytes = uint32(bytes, FILE_HEADER);
  const isOs2 = headerBytes < WINDOWS_3 || headerBytes === OS2_2;
  const isSmall = headerBytes === OS2_1;
  const width = isSmall ? uint16(bytes, 18) : Math.abs(int32(bytes, 18));
  // A negative height means rows from top to bottom.
  const height = isSmall ? uint16(bytes, 20) : Math.abs(int32(bytes, 22));
  const bitsPerPixel = uint16(bytes, isSmall ? 24 : 28);
  const compression = headerBytes < 20 ? 0 : uint32(bytes, 30);
  const isOs2Coding = isOs2 && (compression === OS2_HUFFMAN || compression === OS2_RLE24);
  const isCoded = compression === RLE8 || compression === RLE4 || isOs2Coding;
  const rowBits = width * bitsPerPixel;
  const rowBytes = Math.ceil(rowBits / 32) * 4;
  // Engines do not need the padding of the last row.
  const pixelBytes = isCoded ? uint32(bytes, 34) : rowBytes * (height - 1) + Math.ceil(rowBits / 8);
  const complete = pixelBytes > 0 && uint32(bytes, 10) + pixelBytes <= bytes.length;
  return { width, height, complete, ...(isOs2Coding && { isDangerous: true }) };
};
