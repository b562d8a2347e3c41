/**
 * The parts of a picture's file that unrelated pictures share: what an encoder writes for every picture. Shared bytes there say
 * nothing about the content. Pure. Flow: corpus → here → search.ts. Spec: docs/design/audit.md#pictures, ITU-T T.81 Annex B and K.3
 */
import { createHash } from 'node:crypto';

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

/** JPEG segments: start of image, frame headers, quantisation tables, restart interval, start of scan, JFIF, Adobe. */
const SHARED_SEGMENTS = new Set([0xc0, 0xc1, 0xc2, 0xda, 0xdb, 0xdd, 0xe0, 0xee]);
const HUFFMAN = 0xc4;
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
    if (marker === HUFFMAN) yield* standardTables(bytes, at, to);
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

/** SHA-256 of the tables of T.81 K.3.3, each with its 16 counts: DC and AC, for brightness and colour. Optimised tables depend on the picture. */
const STANDARD_TABLES: ReadonlySet<string> = new Set([
  '2f66814c875b53173f057d784a16a34d0d1f9aa91cdfa7143c41be02c9c7b005',
  '602f734c8c12c1d9d049a18fd91d9ef3d3d8c402665f90db3d97721fc49e4804',
  'a6283a08f5d97906b66adcc812e32396ea83059e55dd4cc91934cf447559aeb6',
  '13f90e3c9dc476c66f24347f6ad29cea93262e99faed279970c2f74e0557f445',
]);

function* standardTables(bytes: Uint8Array, at: number, to: number): Generator<Range> {
  let table = at + 4;
  while (table + 17 <= to) {
    const counts = bytes.subarray(table + 1, table + 17);
    const end = table + 17 + counts.reduce((sum, value) => sum + value, 0);
    const digest = createHash('sha256')
      .update(bytes.subarray(table + 1, end))
      .digest('hex');
    if (STANDARD_TABLES.has(digest)) yield { from: table, to: Math.min(end, to) };
    table = end;
  }
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
