/** The orientation in EXIF data (EXIF 2.32 §4.6, TIFF 6.0 §2): tag 0x0112 of the first directory. Never throws. */
import { uint16, uint16BigEndian, uint32, uint32BigEndian } from '../byte-reader.ts';

const ORIENTATION = 0x0112;
const ENTRY_BYTES = 12;

/** @param tiff from the byte-order mark on. Returns 1 to 8; 1 if nothing valid says otherwise */
export function exifOrientation(tiff: Uint8Array): number {
  const isBigEndian = uint16BigEndian(tiff, 0) === 0x4d4d;
  if (!isBigEndian && uint16BigEndian(tiff, 0) !== 0x4949) return 1;
  const [short, long] = isBigEndian ? [uint16BigEndian, uint32BigEndian] : [uint16, uint32];
  const directory = long(tiff, 4);
  const entries = short(tiff, directory);
  for (let i = 0, at = directory + 2; i < entries && at + ENTRY_BYTES <= tiff.length; i++, at += ENTRY_BYTES) {
    const value = short(tiff, at + 8);
    if (short(tiff, at) === ORIENTATION) return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}
