/** Encoders for tests: exact pixels as PNG and BMP, and an EXIF orientation inserted into a JPEG. */
import { concatBytes, utf8 } from '@lodestone/protocol/bytes';
import type { Rgba } from './picture.ts';

export async function encodePng(picture: Rgba): Promise<Uint8Array<ArrayBuffer>> {
  return pngOf(picture.width, picture.height, await packedRows(picture));
}

async function packedRows({ width, height, data }: Rgba): Promise<Uint8Array> {
  const lines = new Uint8Array(height * (1 + width * 4));
  for (let y = 0; y < height; y++) {
    lines.set(data.subarray(y * width * 4, (y + 1) * width * 4), y * (1 + width * 4) + 1);
  }
  const packed = new Blob([lines]).stream().pipeThrough(new CompressionStream('deflate'));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

/** A PNG of these sides with any compressed data. */
export function pngOf(width: number, height: number, packed: Uint8Array): Uint8Array<ArrayBuffer> {
  const header = concatBytes(bigEndian(width), bigEndian(height), Uint8Array.of(8, 6, 0, 0, 0));
  const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  return concatBytes(signature, chunk('IHDR', header), chunk('IDAT', packed), chunk('IEND', new Uint8Array()));
}

/** APNG (PNG third edition §11.3.6): every frame has the first one's size and is shown for a second. */
export async function encodeApng(frames: readonly Rgba[]): Promise<Uint8Array<ArrayBuffer>> {
  const [first] = frames;
  if (!first) throw new Error('an animation has frames');
  const still = await encodePng(first);
  const chunks = [still.subarray(0, IHDR_END), chunk('acTL', concatBytes(bigEndian(frames.length), bigEndian(0)))];
  let sequence = 0;
  for (const [i, { width, height, data }] of frames.entries()) {
    const sides = concatBytes(bigEndian(width), bigEndian(height), bigEndian(0), bigEndian(0));
    chunks.push(chunk('fcTL', concatBytes(bigEndian(sequence++), sides, Uint8Array.of(0, 1, 0, 1, 0, 0))));
    const packed = await packedRows({ width, height, data });
    chunks.push(i === 0 ? chunk('IDAT', packed) : chunk('fdAT', concatBytes(bigEndian(sequence++), packed)));
  }
  return concatBytes(...chunks, chunk('IEND', new Uint8Array()));
}

const IHDR_END = 8 + 25;

/** 24 bits a pixel, rows from bottom to top. */
export function encodeBmp({ width, height, data }: Rgba): Uint8Array<ArrayBuffer> {
  const rowBytes = Math.ceil((width * 3) / 4) * 4;
  const bytes = new Uint8Array(54 + rowBytes * height);
  const view = new DataView(bytes.buffer);
  bytes.set(utf8('BM'));
  view.setUint32(2, bytes.length, true);
  view.setUint32(10, 54, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, width, true);
  view.setInt32(22, height, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, 24, true);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = ((height - 1 - y) * width + x) * 4;
      const [red = 0, green = 0, blue = 0] = data.subarray(from, from + 3);
      bytes.set([blue, green, red], 54 + y * rowBytes + x * 3);
    }
  }
  return bytes;
}

/** The first OS/2 bitmap: a header of 12 bytes with sides of 16 bits. */
export function encodeOs2FirstBmp(picture: Rgba): Uint8Array<ArrayBuffer> {
  const windows = encodeBmp(picture);
  const bytes = concatBytes(windows.subarray(0, 26), windows.subarray(54));
  const view = new DataView(bytes.buffer);
  view.setUint32(2, bytes.length, true);
  view.setUint32(10, 26, true);
  view.setUint32(14, 12, true);
  view.setUint16(18, picture.width, true);
  view.setUint16(20, picture.height, true);
  view.setUint16(22, 1, true);
  view.setUint16(24, 24, true);
  return bytes;
}

/** An OS/2 bitmap with runs of 24 bits a pixel, or only its header if `compression` is another. WebKit's process ends when it decodes one. */
export function encodeOs2Bmp({ width, height, data }: Rgba, compression: 3 | 4): Uint8Array<ArrayBuffer> {
  const header = encodeBmp({ width, height, data }).slice(0, 54);
  const bytes = new Uint8Array(78 + (width * 4 + 2) * height);
  const view = new DataView(bytes.buffer);
  bytes.set(header);
  view.setUint32(2, bytes.length, true);
  view.setUint32(10, 78, true);
  view.setUint32(14, 64, true);
  view.setUint32(30, compression, true);
  view.setUint32(34, bytes.length - 78, true);
  let at = 78;
  for (let y = height - 1; y >= 0; y--) {
    for (let x = 0; x < width; x++, at += 4) {
      const from = (y * width + x) * 4;
      const [red = 0, green = 0, blue = 0] = data.subarray(from, from + 3);
      bytes.set([1, blue, green, red], at);
    }
    bytes.set([0, y === 0 ? 1 : 0], at);
    at += 2;
  }
  return bytes;
}

/** Inserts an EXIF segment with this orientation after the JPEG's start. */
export function withOrientation(
  jpeg: Uint8Array,
  orientation: number,
  isLittleEndian = false,
): Uint8Array<ArrayBuffer> {
  const tiff = orientationTiff(orientation, isLittleEndian);
  const exif = Uint8Array.of(0xff, 0xe1, 0, 2 + 6 + tiff.length, ...utf8('Exif\0\0'), ...tiff);
  return concatBytes(jpeg.subarray(0, 2), exif, jpeg.subarray(2));
}

/** Inserts an `eXIf` chunk with this orientation before the PNG's pixels. */
export function withPngOrientation(png: Uint8Array, orientation: number): Uint8Array<ArrayBuffer> {
  return withChunk(png, chunk('eXIf', orientationTiff(orientation, false)));
}

/** Inserts a text chunk with a wrong checksum before the PNG's pixels. */
export function withBadText(png: Uint8Array): Uint8Array<ArrayBuffer> {
  const text = chunk('tEXt', utf8('Comment\0about'));
  text[text.length - 1] = (text[text.length - 1] as number) ^ 1;
  return withChunk(png, text);
}

/** After the signature and IHDR. */
function withChunk(png: Uint8Array, inserted: Uint8Array): Uint8Array<ArrayBuffer> {
  return concatBytes(png.subarray(0, 33), inserted, png.subarray(33));
}

/** The orientation alone, as EXIF data. */
function orientationTiff(orientation: number, isLittleEndian: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(26));
  view.setUint16(0, isLittleEndian ? 0x4949 : 0x4d4d);
  view.setUint16(2, 42, isLittleEndian);
  view.setUint32(4, 8, isLittleEndian);
  view.setUint16(8, 1, isLittleEndian);
  view.setUint16(10, 0x0112, isLittleEndian);
  view.setUint16(12, 3, isLittleEndian);
  view.setUint32(14, 1, isLittleEndian);
  view.setUint16(18, orientation, isLittleEndian);
  return new Uint8Array(view.buffer);
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = concatBytes(utf8(type), data);
  return concatBytes(bigEndian(data.length), body, bigEndian(crc32(body)));
}

function bigEndian(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

/** The checksum of each byte: PNG annex D. */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (CRC_TABLE[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** A picture of an icon: as PNG, or as a bitmap of 24 bits whose mask hides the picture's left part. */
export type IconPicture = Rgba & { readonly png?: Uint8Array<ArrayBuffer>; readonly hidden?: number };

/** The directory's sides are those of the pictures; a cursor has hot spots instead of the number of bits. */
export function iconOf(pictures: readonly IconPicture[], kind: 'icon' | 'cursor' = 'icon'): Uint8Array<ArrayBuffer> {
  const members = pictures.map((picture) => picture.png ?? bitmapOfIcon(picture));
  const directory = new Uint8Array(6 + 16 * pictures.length);
  const view = new DataView(directory.buffer);
  directory.set([0, 0, kind === 'icon' ? 1 : 2, 0, pictures.length]);
  let offset = directory.length;
  for (const [i, { width, height }] of pictures.entries()) {
    const at = 6 + 16 * i;
    const bytes = members[i]?.length ?? 0;
    directory.set([width, height, 0, 0, ...(kind === 'icon' ? [1, 0, 24, 0] : [0, 0, 0, 0])], at);
    view.setUint32(at + 8, bytes, true);
    view.setUint32(at + 12, offset, true);
    offset += bytes;
  }
  return concatBytes(directory, ...members);
}

function bitmapOfIcon(picture: IconPicture): Uint8Array<ArrayBuffer> {
  const { width, height, hidden = 0 } = picture;
  const bitmap = encodeBmp(picture).subarray(14);
  new DataView(bitmap.buffer, bitmap.byteOffset).setInt32(8, height * 2, true);
  const rowBytes = Math.ceil(width / 32) * 4;
  const mask = new Uint8Array(rowBytes * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < hidden; x++)
      mask[y * rowBytes + (x >> 3)] = (mask[y * rowBytes + (x >> 3)] ?? 0) | (0x80 >> (x & 7));
  return concatBytes(bitmap, mask);
}
