/** GIF (89a specification, §17 to §27): blocks from the screen descriptor to the trailer, which may be missing: engines show the picture whole. */
import { uint16, uint8 } from '../byte-reader.ts';
import type { ReadHeader } from './image-header.ts';

const EXTENSION = 0x21;
const IMAGE = 0x2c;
const TRAILER = 0x3b;

export const readGif: ReadHeader = (bytes) => {
  if (bytes.length < 13) return undefined;
  const header = { width: uint16(bytes, 6), height: uint16(bytes, 8), complete: false };
  let images = 0;
  let at = 13 + colourTableBytes(uint8(bytes, 10));
  while (at < bytes.length) {
    const block = bytes[at];
    if (block === TRAILER) return { ...header, complete: images > 0 };
    if (block === EXTENSION) at = pastSubBlocks(bytes, at + 2);
    else if (block === IMAGE) {
      images += 1;
      // Decoders widen the screen to hold a first image that is larger than it.
      if (images === 1) {
        header.width = Math.max(header.width, uint16(bytes, at + 1) + uint16(bytes, at + 5));
        header.height = Math.max(header.height, uint16(bytes, at + 3) + uint16(bytes, at + 7));
      }
      at = pastSubBlocks(bytes, at + 11 + colourTableBytes(uint8(bytes, at + 9)));
    } else return header;
  }
  return { ...header, complete: images > 0 && at === bytes.length };
};

function colourTableBytes(flags: number): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}

/** Sub-blocks: a length byte, that many bytes, and so on to a length of 0. Past the bytes if that is missing. */
function pastSubBlocks(bytes: Uint8Array, at: number): number {
  while (uint8(bytes, at) > 0) at += 1 + uint8(bytes, at);
  return at + 1;
}
