/**
 * Finds whole JPEG and PNG pictures inside other bytes, by their first and last bytes: thumbnails, the second picture of an MPO, covers
 * of audio files, pictures in older Office documents. Flow: scanner/inside → here. Promise: beginnings without an end are followed a
 * bounded number of times. Spec: docs/design/hashing.md#containers
 */
import { uint8, uint16BigEndian, uint32BigEndian } from '../decode/byte-reader.ts';
import { type Budget, fault, type Found } from '../parts/containers/input.ts';

type EndOf = (bytes: Uint8Array, start: number) => number | undefined;

/** The first byte, and where a picture that begins there ends; undefined if none does. */
const PICTURES: readonly (readonly [first: number, endOf: EndOf])[] = [
  [0xff, jpegEnd],
  [0x89, pngEnd],
];
/** Coded data has a marker, or a stuffed zero, in about 256 bytes: 64 MiB have 262,144. */
const MOST_MARKERS = 400_000;

/** @param from where to begin: after the container's own header */
export function* carve(bytes: Uint8Array<ArrayBuffer>, from: number, budget: Budget): Generator<Found> {
  for (const [first, endOf] of PICTURES) {
    for (let at = from; (at = bytes.indexOf(first, at)) >= 0;) {
      const end = isStart(bytes, at) ? endOf(bytes, at) : at + 1;
      if (end === undefined && !budget.takeUnended()) return yield fault('too-large');
      if (end !== undefined && end > at + 1) {
        if (!budget.takeMember()) return yield fault('too-large');
        yield { kind: 'bytes', bytes: bytes.subarray(at, end), isCopy: false };
      }
      at = end ?? at + 1;
    }
  }
}

function isStart(bytes: Uint8Array, at: number): boolean {
  const start = uint32BigEndian(bytes, at);
  return start >>> 8 === 0xffd8ff || (start === 0x89504e47 && uint32BigEndian(bytes, at + 4) === 0x0d0a1a0a);
}

/** ITU T.81 annex B: segments with lengths, and coded data, in which ff is always followed by 00 or a restart. */
function jpegEnd(bytes: Uint8Array, start: number): number | undefined {
  let at = start + 2;
  for (let markers = 0; markers < MOST_MARKERS; markers++) {
    at = bytes.indexOf(0xff, at);
    if (at < 0) return undefined;
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
