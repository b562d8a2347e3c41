/** WebP (RFC 9649 §2): a RIFF container of chunks; the size is in the first: `VP8X`, `VP8L` or `VP8 `. */
import { ascii, uint16, uint24, uint32, uint8 } from '../byte-reader.ts';
import type { ImageHeader, ReadHeader } from './image-header.ts';

const FIRST_CHUNK = 12;

export const readWebp: ReadHeader = (bytes) => {
  const size = sizeInFirstChunk(ascii(bytes, FIRST_CHUNK, FIRST_CHUNK + 4), bytes.subarray(FIRST_CHUNK + 8));
  return size && { ...size, complete: holdsAllChunks(bytes) };
};

function sizeInFirstChunk(chunk: string, data: Uint8Array): Pick<ImageHeader, 'width' | 'height'> | undefined {
  switch (chunk) {
    case 'VP8X':
      return { width: uint24(data, 4) + 1, height: uint24(data, 7) + 1 };
    case 'VP8L': {
      const bits = uint32(data, 1);
      return uint8(data, 0) === 0x2f ? { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 } : undefined;
    }
    case 'VP8 ': // a key frame (RFC 6386 §9.1); the upper two bits of each side are a scaling hint
      return uint24(data, 3) === 0x2a019d
        ? { width: uint16(data, 6) & 0x3fff, height: uint16(data, 8) & 0x3fff }
        : undefined;
    default:
      return undefined;
  }
}

/** The RIFF size lies within the bytes, and chunks with a picture lie within that size. */
function holdsAllChunks(bytes: Uint8Array): boolean {
  const end = 8 + uint32(bytes, 4);
  if (end > bytes.length) return false;
  let pictures = 0;
  let at = FIRST_CHUNK;
  while (at + 8 <= end) {
    if (['VP8 ', 'VP8L', 'ANMF'].includes(ascii(bytes, at, at + 4))) pictures += 1;
    const length = uint32(bytes, at + 4);
    if (at + 8 + length > end) return false;
    at += 8 + length + (length & 1);
  }
  return pictures > 0;
}
