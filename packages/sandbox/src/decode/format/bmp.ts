/** BMP (Windows and OS/2 bitmap headers): the pixels are at an offset, and the header determines their number of bytes. */
import { int32, uint16, uint32 } from '../byte-reader.ts';
import type { ReadHeader } from './image-header.ts';

const FILE_HEADER = 14;
const OS2_HEADER = 12;
const RLE8 = 1;
const RLE4 = 2;

export const readBmp: ReadHeader = (bytes) => {
  const small = uint32(bytes, FILE_HEADER) === OS2_HEADER;
  const width = small ? uint16(bytes, 18) : Math.abs(int32(bytes, 18));
  // A negative height means rows from top to bottom.
  const height = small ? uint16(bytes, 20) : Math.abs(int32(bytes, 22));
  const bitsPerPixel = uint16(bytes, small ? 24 : 28);
  const compression = small ? 0 : uint32(bytes, 30);
  const coded = compression === RLE8 || compression === RLE4;
  const rowBytes = Math.ceil((width * bitsPerPixel) / 32) * 4;
  const pixelBytes = coded ? uint32(bytes, 34) : rowBytes * height;
  return { width, height, complete: pixelBytes > 0 && uint32(bytes, 10) + pixelBytes <= bytes.length };
};
