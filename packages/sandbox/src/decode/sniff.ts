/**
 * Detects the format of bytes by their signature; a claimed type or file name never counts. Flow: first block → here → scan.
 * Promise: ciphertext and unknown formats are `unknown`, so each signature is long enough that random bytes do not match it.
 * A new picture format is a row of each table here and one file in `format/`. Spec: docs/design/hashing.md#formats
 */
import type { PictureFormat as PictureType } from '@lodestone/protocol/sandbox';
import type { Media } from '@lodestone/protocol/surface';
import { ascii, uint32, uint32BigEndian } from './byte-reader.ts';
import { readAvif } from './format/avif.ts';
import { readBmp } from './format/bmp.ts';
import { readGif } from './format/gif.ts';
import { readIconOfBitmap } from './format/icon.ts';
import type { ReadHeader } from './format/image-header.ts';
import { readJpeg } from './format/jpeg.ts';
import { readPng } from './format/png.ts';
import { readWebp } from './format/webp.ts';
import { isAudioFrames, isTransportStream, isText } from './sniff-by-structure.ts';
import { isVectorPicture } from './vector-picture.ts';

export type { PictureFormat as PictureType } from '@lodestone/protocol/sandbox';

/** `image/x-icon`: an icon of one bitmap, as `format/icon.ts` makes it of each in an icon. */
export type StillType = PictureType | 'image/x-icon';

export const HEADER_READERS: Readonly<Record<StillType, ReadHeader>> = {
  'image/jpeg': readJpeg,
  'image/png': readPng,
  'image/webp': readWebp,
  'image/gif': readGif,
  'image/avif': readAvif,
  'image/bmp': readBmp,
  'image/x-icon': readIconOfBitmap,
};

/** Files that hold others. `closed`: an archive that the sandbox does not open; `office`: only its pictures are found. */
export type ContainerType = 'zip' | 'gzip' | 'tar' | 'pdf' | 'office' | 'closed';

export type Sniffed =
  | { kind: 'picture'; type: PictureType }
  /** An icon or a cursor, with pictures in it. */
  | { kind: 'icon' }
  /** A picture in a format that not every engine decodes. */
  | { kind: 'unreadable-picture' }
  | { kind: 'video' }
  /** A known format that is neither picture nor video. */
  | { kind: 'file'; container?: ContainerType }
  | { kind: 'unknown' };

const UNREADABLE: Sniffed = { kind: 'unreadable-picture' };
const ICON: Sniffed = { kind: 'icon' };
const VIDEO: Sniffed = { kind: 'video' };
const FILE: Sniffed = { kind: 'file' };
const picture = (type: PictureType): Sniffed => ({ kind: 'picture', type });
const container = (type: ContainerType): Sniffed => ({ kind: 'file', container: type });

/** A signature in hex (`..`: any byte) at an offset in bytes. The first that matches counts. */
const SIGNATURES: readonly (readonly [hex: string, at: number, format: Sniffed])[] = [
  ['ffd8ff', 0, picture('image/jpeg')],
  ['89504e470d0a1a0a', 0, picture('image/png')],
  ['474946383761', 0, picture('image/gif')], // GIF87a
  ['474946383961', 0, picture('image/gif')], // GIF89a
  ['52494646........57454250', 0, picture('image/webp')], // RIFF WEBP
  ['49492a00', 0, UNREADABLE], // TIFF and camera formats built on it
  ['4d4d002a', 0, UNREADABLE],
  ['49492b00', 0, UNREADABLE], // BigTIFF
  ['4d4d002b', 0, UNREADABLE],
  ['0000000c4a584c200d0a870a', 0, UNREADABLE], // JPEG XL, boxed
  ['0000000c6a5020200d0a870a', 0, UNREADABLE], // JPEG 2000
  ['ff4fff51', 0, UNREADABLE], // JPEG 2000 codestream
  ['ff0a', 0, UNREADABLE], // JPEG XL codestream; two bytes are enough, since `unknown` gives the same reason
  ['38425053', 0, UNREADABLE], // Photoshop
  ['00000100', 0, ICON],
  ['00000200', 0, ICON], // cursor
  ['52494646........41564920', 0, VIDEO], // RIFF AVI
  ['1a45dfa3', 0, VIDEO], // Matroska, WebM
  ['3026b2758e66cf11', 0, VIDEO], // ASF, WMV
  ['464c5601', 0, VIDEO], // FLV
  ['2e524d46', 0, VIDEO], // RealMedia
  ['000001ba', 0, VIDEO], // MPEG program stream
  ['000001b3', 0, VIDEO], // MPEG video
  ['........6d6f6f76', 0, VIDEO], // QuickTime before ftyp: moov, mdat, wide
  ['........6d646174', 0, VIDEO],
  ['........77696465', 0, VIDEO],
  ['255044462d', 0, container('pdf')], // %PDF-
  ['504b0304', 0, container('zip')], // ZIP and formats built on it
  ['504b0506', 0, container('zip')],
  ['1f8b08', 0, container('gzip')], // gzip
  ['377abcaf271c', 0, container('closed')], // 7z
  ['526172211a07', 0, container('closed')], // RAR
  ['fd377a585a00', 0, container('closed')], // xz
  ['28b52ffd', 0, container('closed')], // Zstandard
  ['425a68..314159265359', 0, container('closed')], // bzip2
  ['7573746172', 257, container('tar')], // tar
  ['d0cf11e0a1b11ae1', 0, container('office')], // older Office documents
  ['0005160700020000', 0, FILE], // AppleDouble, which macOS adds to archives
  ['0000000142756431', 0, FILE], // .DS_Store
  ['53514c69746520666f726d6174203300', 0, FILE], // SQLite
  ['0061736d01000000', 0, FILE], // WebAssembly
  ['7f454c46', 0, FILE], // ELF
  ['774f4646', 0, FILE], // WOFF
  ['774f4632', 0, FILE], // WOFF2
  ['664c6143', 0, FILE], // FLAC
  ['494433', 0, FILE], // MP3 with ID3
  ['52494646........57415645', 0, FILE], // RIFF WAVE
  ['464f524d........41494646', 0, FILE], // AIFF
  ['464f524d........41494643', 0, FILE],
  ['2321414d52', 0, FILE], // AMR
  ['4d546864', 0, FILE], // MIDI
  ['63616666', 0, FILE], // CAF
];

const HEIF_BRANDS = ['heic', 'heix', 'hevc', 'hevx', 'heim', 'heis', 'mif1', 'msf1', 'crx '];
/** Sizes of a BMP's second header: BMP 2, 3, 4, 5 and OS/2. Many texts begin with "BM". */
const BITMAP_HEADERS = [12, 16, 40, 52, 56, 64, 108, 124];

/** @param head the content's first block, or all of it if it is shorter */
export function sniff(head: Uint8Array): Sniffed {
  for (const [hex, at, format] of SIGNATURES) if (matches(head, hex, at)) return format;
  if (ascii(head, 4, 8) === 'ftyp') return sniffBrands(head);
  if (ascii(head, 0, 4) === 'OggS') return ascii(head, 0, 4096).includes('\x80theora') ? VIDEO : FILE;
  if (ascii(head, 0, 2) === 'BM' && BITMAP_HEADERS.includes(uint32(head, 14))) return picture('image/bmp');
  if (isTransportStream(head)) return VIDEO;
  if (isAudioFrames(head)) return FILE;
  if (isVectorPicture(head)) return UNREADABLE;
  if (isText(head)) return FILE;
  return { kind: 'unknown' };
}

export function mediaOf({ kind }: Sniffed): Media | 'unknown' {
  return kind === 'picture' || kind === 'icon' || kind === 'unreadable-picture' ? 'image' : kind;
}

/**
 * ISO base media files name their format by brands: the major one, a version, then the compatible ones. Those of sound prove nothing: browsers
 * play the pictures of an MP4 whatever its brands. Of brands that are not all in the block, one may be a picture's.
 */
function sniffBrands(head: Uint8Array): Sniffed {
  const end = uint32BigEndian(head, 0);
  if (end < 16 || end > head.length) return { kind: 'unknown' };
  const brands = [ascii(head, 8, 12)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(ascii(head, at, at + 4));
  if (brands.some((brand) => brand === 'avif' || brand === 'avis')) return picture('image/avif');
  return brands.some((brand) => HEIF_BRANDS.includes(brand)) ? UNREADABLE : VIDEO;
}

function matches(head: Uint8Array, hex: string, at: number): boolean {
  if (at + hex.length / 2 > head.length) return false;
  for (let i = 0; i < hex.length; i += 2) {
    const byte = hex.slice(i, i + 2);
    if (byte !== '..' && head[at + i / 2] !== Number.parseInt(byte, 16)) return false;
  }
  return true;
}
