/**
 * The parts of a picture's file that unrelated pictures share: what an encoder writes for every picture. Shared bytes there say
 * nothing about the content. Pure. Flow: corpus → here → search.ts. Spec: docs/design/audit.md#pictures, ITU-T T.81 Annex B
 */
export interface Range {
  from: number;
  to: number;
}

/** @returns the ranges in order, without overlaps; empty for other files */
export function sharedRanges(bytes: Uint8Array): Range[] {
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return [...jpegRanges(bytes)];
  if (startsWith(bytes, [0x89, 0x50, 0x4e, 0x47])) return [...pngRanges(bytes)];
  if (startsWith(bytes, [0x52, 0x49, 0x46, 0x46])) return [...riffRanges(bytes)];
  return [];
}

function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((value, i) => bytes[i] === value);
}

/**
 * JPEG segments: frame headers, Huffman and quantisation tables, restart interval, start of scan, JFIF, Adobe. Huffman tables that an
 * encoder optimised for a picture share long runs too: 30 bytes were seen in two of unrelated pictures.
 */
const SHARED_SEGMENTS = new Set([0xc0, 0xc1, 0xc2, 0xc4, 0xda, 0xdb, 0xdd, 0xe0, 0xee]);
const APP1 = 0xe1;
const APP2 = 0xe2;

function* jpegRanges(bytes: Uint8Array): Generator<Range> {
  yield { from: 0, to: 2 };
  let at = 2;
  while (at + 4 <= bytes.length) {
    const marker = bytes[at + 1] ?? 0;
    if (bytes[at] !== 0xff || marker < 0xc0) {
      // Entropy-coded data: it ends at the next marker that is neither a stuffed byte nor a restart.
      at = nextMarker(bytes, at);
      continue;
    }
    if (marker >= 0xd0 && marker <= 0xd9) {
      at += 2;
      continue;
    }
    const to = Math.min(bytes.length, at + 2 + (((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)));
    if (SHARED_SEGMENTS.has(marker) || (marker === APP2 && isProfile(bytes, at))) yield { from: at, to };
    if (marker === APP1) yield* thumbnailRanges(bytes, at, to);
    at = Math.max(to, at + 2);
  }
}

/** EXIF data may contain a JPEG of its own. */
function* thumbnailRanges(bytes: Uint8Array, at: number, to: number): Generator<Range> {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, to).indexOf('ffd8ff', at, 'hex');
  if (start === -1) return;
  for (const inner of jpegRanges(bytes.subarray(start, to))) yield { from: start + inner.from, to: start + inner.to };
}

function nextMarker(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0xff, from + 1); at !== -1; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1] ?? 0;
    if (next >= 0xc0 && (next < 0xd0 || next > 0xd7)) return at;
  }
  return bytes.length;
}

function isProfile(bytes: Uint8Array, at: number): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset + at + 4, 11).toString('latin1') === 'ICC_PROFILE';
}

const PNG_SHARED = new Set(['IHDR', 'iCCP', 'sRGB', 'gAMA', 'cHRM', 'pHYs', 'IEND']);

function* pngRanges(bytes: Uint8Array): Generator<Range> {
  yield { from: 0, to: 8 };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 8; at + 12 <= bytes.length;) {
    const to = at + 12 + view.getUint32(at);
    if (PNG_SHARED.has(typeAt(bytes, at + 4))) yield { from: at, to: Math.min(to, bytes.length) };
    at = to;
  }
}

const WEBP_SHARED = new Set(['VP8X', 'ICCP']);

function* riffRanges(bytes: Uint8Array): Generator<Range> {
  yield { from: 0, to: 12 };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 12; at + 8 <= bytes.length;) {
    const to = at + 8 + view.getUint32(at + 4, true) + (view.getUint32(at + 4, true) & 1);
    if (WEBP_SHARED.has(typeAt(bytes, at))) yield { from: at, to: Math.min(to, bytes.length) };
    at = to;
  }
}

function typeAt(bytes: Uint8Array, at: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + at, 4).toString('latin1');
}
