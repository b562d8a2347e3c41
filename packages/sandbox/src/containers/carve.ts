/**
 * Finds whole JPEG and PNG pictures inside other bytes, by their first and last bytes: thumbnails, the second picture of an MPO, covers
 * of audio files, pictures in older Office documents. Flow: scanner/inside → here. Promise: bounded tries, so that bytes full of
 * beginnings cost no more than a few passes. Spec: docs/design/hashing.md#containers
 */
import { LIMITS } from '@lodestone/protocol/limits';
import { uint8, uint16BigEndian, uint32BigEndian } from '../decode/byte-reader.ts';
import { fault, type Found } from './container.ts';

type EndOf = (bytes: Uint8Array, start: number) => number | undefined;

/** The first byte, and where a picture that begins there ends; undefined if none does. */
const PICTURES: readonly (readonly [first: number, endOf: EndOf])[] = [
  [0xff, jpegEnd],
  [0x89, pngEnd],
];

/** @param from where to begin: after the container's own header */
export function* carve(bytes: Uint8Array<ArrayBuffer>, from: number): Generator<Found> {
  for (const [first, endOf] of PICTURES) {
    let tries = 0;
    for (let at = from; (at = bytes.indexOf(first, at)) >= 0;) {
      if (!isStart(bytes, at)) {
        at += 1;
        continue;
      }
      tries += 1;
      if (tries > LIMITS.carvedPictures) return yield fault('too-large');
      const end = endOf(bytes, at);
      if (end !== undefined) yield { kind: 'bytes', bytes: bytes.subarray(at, end), isCopy: false };
      at = end ?? at + 1;
    }
  }
}

function isStart(bytes: Uint8Array, at: number): boolean {
  const start = uint32BigEndian(bytes, at);
  return start >>> 8 === 0xffd8ff || (start === 0x89504e47 && uint32BigEndian(bytes, at + 4) === 0x0d0a1a0a);
}

/** ITU T.81 annex B: segments with lengths, and coded data, in which ff is always followed by 00 or a restart. */
export function jpegEnd(bytes: Uint8Array, start: number): number | undefined {
  for (let at = start + 2; (at = bytes.indexOf(0xff, at)) >= 0;) {
    const marker = uint8(bytes, at + 1);
    if (marker === 0xd9) return at + 2;
    if (marker === 0xff) at += 1;
    else if (marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd8)) at += 2;
    else at += 2 + uint16BigEndian(bytes, at + 2);
  }
  return undefined;
}

/** PNG §5: chunks up to IEND. */
function pngEnd(bytes: Uint8Array, start: number): number | undefined {
  for (let at = start + 8; at + 12 <= bytes.length;) {
    const end = at + 12 + uint32BigEndian(bytes, at);
    if (uint32BigEndian(bytes, at + 4) === 0x49454e44) return end;
    at = end;
  }
  return undefined;
}
