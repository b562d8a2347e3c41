/** tar: POSIX ustar, pax and GNU. Flow: scanner/inside → here → each regular file's bytes. Empty blocks are skipped, so that what follows an end is found. Spec: POSIX.1-2017 pax §ustar */
import { ascii } from '../decode/byte-reader.ts';
import { fault, type OpenContainer } from './container.ts';

const BLOCK = 512;
/** Regular files: "0", zero, and "7" (contiguous). */
const FILES = ['0', '\0', '7'];

export const openTar: OpenContainer = async function* (bytes, budget) {
  for (let at = 0; at < bytes.length;) {
    if (ascii(bytes, at + 257, at + 262) !== 'ustar') {
      if (bytes.subarray(at, at + BLOCK).some((byte) => byte !== 0)) return yield fault('decode');
      at += BLOCK;
      continue;
    }
    const size = sizeAt(bytes, at + 124);
    const start = at + BLOCK;
    const type = ascii(bytes, at + 156, at + 157);
    if (start + size > bytes.length) yield fault('decode');
    if (type === 'S') yield fault('format'); // GNU: a file with holes
    if (FILES.includes(type) && size > 0) {
      if (!budget.takeMember()) return yield fault('too-large');
      yield { kind: 'bytes', bytes: bytes.subarray(start, start + size), isCopy: false };
    }
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
};

/** In octal; or, if the first bit is set, as a number of 95 bits (GNU), of which the last four bytes matter here. */
function sizeAt(bytes: Uint8Array, at: number): number {
  if ((bytes[at] ?? 0) < 0x80) return Number.parseInt(ascii(bytes, at, at + 12), 8) || 0;
  return bytes.subarray(at + 8, at + 12).reduce((sum, byte) => sum * 256 + byte, 0);
}
