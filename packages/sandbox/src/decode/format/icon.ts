/**
 * Icons and cursors: a directory of pictures. Each is a PNG, or a bitmap without its file header, with a mask of one bit a pixel after it. Engines apply
 * the mask only of bitmaps in icons, so each bitmap becomes an icon of its own. Flow: scanner/icon → here → still. Promise: nothing throws, and the copies
 * are bounded by `SCAN_LIMITS.iconMembers`. Spec: docs/design/hashing.md#icons
 */
import { SCAN_LIMITS } from '@lodestone/protocol/limits';
import { int32, uint16, uint32, uint32BigEndian } from '../byte-reader.ts';
import type { ReadHeader } from './image-header.ts';

export interface IconMember {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly type: 'image/png' | 'image/x-icon';
  /** It was made for the icon, so it is overwritten after use. */
  readonly isCopy: boolean;
}

export interface IconMembers {
  /** The largest one first, which engines show. */
  readonly members: readonly IconMember[];
  readonly fault: 'decode' | 'too-large' | undefined;
}

const HEADER = 6;
const ENTRY = 16;
/** Of a bitmap's second header; icons have no older one. */
const LEAST_HEADER = 40;
/** The directory has a byte for each side. */
const LONGEST_SIDE = 256;
/** Headers, a palette, masks of colours, 32 bits a pixel and the mask. */
const MOST_BYTES = 2_048 + LONGEST_SIDE ** 2 * 4 + LONGEST_SIDE ** 2 / 8;

/** Sizes that the directory states are not read: engines do not need them. */
export function iconMembers(bytes: Uint8Array<ArrayBuffer>): IconMembers {
  const count = uint16(bytes, 4);
  const offsets = new Set<number>();
  for (let i = 0; i < Math.min(count, SCAN_LIMITS.iconMembers); i++)
    offsets.add(uint32(bytes, HEADER + ENTRY * i + 12));
  const found = [...offsets].map((offset) => memberAt(bytes, offset));
  const members = found.filter((member) => member !== undefined).sort((a, b) => b.pixels - a.pixels);
  const isWhole = members.length > 0 && members.length === found.length;
  return { members, fault: count > SCAN_LIMITS.iconMembers ? 'too-large' : isWhole ? undefined : 'decode' };
}

function memberAt(bytes: Uint8Array<ArrayBuffer>, offset: number): (IconMember & { pixels: number }) | undefined {
  if (offset < HEADER) return undefined;
  const member = bytes.subarray(offset);
  if (uint32BigEndian(member, 0) === 0x89504e47) {
    const pixels = uint32BigEndian(member, 16) * uint32BigEndian(member, 20);
    return { bytes: member, type: 'image/png', isCopy: false, pixels };
  }
  const { width, height } = sidesOf(member);
  if (uint32(member, 0) < LEAST_HEADER || Math.min(width, height) < 1 || Math.max(width, height) > LONGEST_SIDE)
    return undefined;
  return { bytes: iconOf(member.subarray(0, MOST_BYTES)), type: 'image/x-icon', isCopy: true, pixels: width * height };
}

/** The height counts the mask's rows too. */
function sidesOf(bitmap: Uint8Array): { width: number; height: number } {
  return { width: int32(bitmap, 4), height: Math.floor(Math.abs(int32(bitmap, 8)) / 2) };
}

function iconOf(bitmap: Uint8Array): Uint8Array<ArrayBuffer> {
  const { width, height } = sidesOf(bitmap);
  const icon = new Uint8Array(HEADER + ENTRY + bitmap.length);
  const view = new DataView(icon.buffer);
  icon.set([0, 0, 1, 0, 1, 0, width, height]); // 256 is written as 0
  view.setUint16(10, 1, true);
  view.setUint16(12, uint16(bitmap, 14), true);
  view.setUint32(14, bitmap.length, true);
  view.setUint32(18, HEADER + ENTRY, true);
  icon.set(bitmap, HEADER + ENTRY);
  return icon;
}

/** Values of `compression` that mean one row after the other; the second has masks of the colours. */
const ROWS = 0;
const ROWS_WITH_MASKS = 3;

/** An icon of one bitmap, as `iconMembers` makes it. */
export const readIconOfBitmap: ReadHeader = (bytes) => {
  const bitmap = bytes.subarray(HEADER + ENTRY);
  const { width, height } = sidesOf(bitmap);
  const [headerBytes, bitsPerPixel, compression] = [uint32(bitmap, 0), uint16(bitmap, 14), uint32(bitmap, 16)];
  const masks = compression === ROWS_WITH_MASKS && headerBytes === LEAST_HEADER ? 12 : 0;
  const colours = uint32(bitmap, 32) || (bitsPerPixel <= 8 ? 2 ** bitsPerPixel : 0);
  const rowBytes = Math.ceil((width * bitsPerPixel) / 32) * 4 + Math.ceil(width / 32) * 4;
  const complete =
    (compression === ROWS || compression === ROWS_WITH_MASKS) &&
    headerBytes + masks + colours * 4 + rowBytes * height <= bitmap.length;
  return { width, height, complete };
};
