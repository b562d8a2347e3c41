/** Containers for tests, written byte by byte so that a test can lie in any field: ZIP, tar, gzip, PDF, and a JPEG with others in or behind it. */
import { concatBytes, utf8 } from '@lodestone/protocol/bytes';
import type { Rgba } from './picture.ts';

type Bytes = Uint8Array<ArrayBuffer>;

export interface ZipMember {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Default: deflated. */
  readonly method?: 'stored' | 'deflated' | number;
  readonly isEncrypted?: boolean;
  /** The size that the headers state; default the true one. */
  readonly statedBytes?: number;
  /** Has a local header, but no entry in the directory. */
  readonly isUnnamed?: boolean;
  /** The local header leaves the sizes out, and they follow the data. */
  readonly hasDescriptor?: boolean;
}

export async function zipOf(...members: readonly ZipMember[]): Promise<Bytes> {
  const body: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const [index, member] of members.entries()) {
    const method = member.method ?? 'deflated';
    const packed = method === 'deflated' ? await compress(member.bytes, 'deflate-raw') : member.bytes;
    const name = utf8(`member-${index}`);
    const flags = (member.isEncrypted ? 1 : 0) | (member.hasDescriptor ? 8 : 0);
    const code = method === 'stored' ? 0 : method === 'deflated' ? 8 : method;
    const sizes = [0, packed.length, member.statedBytes ?? member.bytes.length];
    const fields = (local: boolean): Bytes =>
      concatBytes(
        u16(20, flags, code, 0, 0),
        u32(...(local && member.hasDescriptor ? [0, 0, 0] : sizes)),
        u16(name.length, 0),
      );
    const parts = [u32(0x04034b50), fields(true), name, packed];
    if (member.hasDescriptor) parts.push(u32(0x08074b50, ...sizes));
    const local = concatBytes(...parts);
    body.push(local);
    if (!member.isUnnamed) {
      directory.push(concatBytes(u32(0x02014b50), u16(20), fields(false), u16(0, 0, 0), u32(0, at), name));
    }
    at += local.length;
  }
  const listed = concatBytes(...directory);
  const count = directory.length;
  return concatBytes(...body, listed, u32(0x06054b50), u16(0, 0, count, count), u32(listed.length, at), u16(0));
}

export function tarOf(...files: readonly Bytes[]): Bytes {
  const blocks = files.flatMap((file, index) => {
    const header = new Uint8Array(512);
    header.set(utf8(`file-${index}`));
    header.set(utf8(`${file.length.toString(8).padStart(11, '0')}\0`), 124);
    header.set(utf8('0'), 156);
    header.set(utf8('ustar\x0000'), 257);
    return [header, file, new Uint8Array((512 - (file.length % 512)) % 512)];
  });
  return concatBytes(...blocks, new Uint8Array(1024));
}

export function gzipOf(file: Bytes): Promise<Bytes> {
  return compress(file, 'gzip');
}

/** A PDF of these streams; dictionaries as text, without their length. */
export function pdfOf(streams: readonly { dictionary: string; data: Bytes }[], trailer = ''): Bytes {
  const objects = streams.map(({ dictionary, data }, index) =>
    concatBytes(
      utf8(`\n${index + 1} 0 obj\n<< ${dictionary} /Length ${data.length} >>\nstream\n`),
      data,
      utf8('\nendstream\nendobj'),
    ),
  );
  return concatBytes(utf8('%PDF-1.7\n%\xe2\xe3'), ...objects, utf8(`\ntrailer\n<< /Size 9 ${trailer} >>\n%%EOF\n`));
}

/** The samples of a picture as a PDF holds them: RGB, deflated. */
export async function pdfSamples({ width, height, data }: Rgba): Promise<{ dictionary: string; data: Bytes }> {
  const rgb = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) rgb.set(data.subarray(from, from + 3), to);
  const dictionary = `/Type /XObject /Subtype /Image /Width ${width} /Height ${height} /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /FlateDecode`;
  return { dictionary, data: await compress(rgb, 'deflate') };
}

export function pdfJpeg(jpeg: Bytes, filter = '/DCTDecode'): { dictionary: string; data: Bytes } {
  return { dictionary: `/Type /XObject /Subtype /Image /Width 1 /Height 1 /Filter ${filter}`, data: jpeg };
}

/** Puts a thumbnail into an APP1 segment, as EXIF does. */
export function withThumbnail(jpeg: Bytes, thumbnail: Bytes): Bytes {
  const segment = concatBytes(utf8('Exif\0\0'), thumbnail);
  const length = segment.length + 2;
  return concatBytes(jpeg.subarray(0, 2), Uint8Array.of(0xff, 0xe1, length >> 8, length), segment, jpeg.subarray(2));
}

/** The first boxes of an MP4, without pictures in it. */
export function anMp4(): Bytes {
  const box = (type: string, body: Uint8Array): Bytes => {
    const size = body.length + 8;
    return concatBytes(Uint8Array.of(size >>> 24, size >>> 16, size >>> 8, size), utf8(type), body);
  };
  return concatBytes(
    box('ftyp', utf8('mp42\0\0\0\0mp42isom')),
    box('moov', new Uint8Array(40)),
    box('mdat', new Uint8Array(200)),
  );
}

export async function compress(bytes: Bytes, format: CompressionFormat): Promise<Bytes> {
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream(format));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

function u16(...values: number[]): Bytes {
  return Uint8Array.from(values.flatMap((value) => [value, value >>> 8]));
}
function u32(...values: number[]): Bytes {
  return Uint8Array.from(values.flatMap((value) => [value, value >>> 8, value >>> 16, value >>> 24]));
}
