/**
 * Encoded pictures inside other bytes, found by their signatures at any offset: in multipart bodies, archives, containers.
 * Pure. Flow: decodings.ts → here → picture-decoder.ts. Spec: docs/design/audit.md#pictures
 */

export interface PictureFile {
  format: string;
  /** From the signature to the end: decoders ignore what follows a picture. */
  bytes: Uint8Array;
}

interface Signature {
  format: string;
  /** Where the first fixed bytes are, from the start of the file. */
  at: number;
  fixed: Buffer;
  /** Further fixed bytes by their offset. */
  more?: Readonly<Record<number, number>>;
}

const ascii = (text: string): Buffer => Buffer.from(text, 'latin1');

const SIGNATURES: readonly Signature[] = [
  { format: 'JPEG', at: 0, fixed: Buffer.from('ffd8ff', 'hex') },
  { format: 'PNG', at: 0, fixed: Buffer.from('89504e470d0a1a0a', 'hex') },
  { format: 'WebP', at: 8, fixed: ascii('WEBPVP8') },
  { format: 'GIF', at: 0, fixed: ascii('GIF8') },
  { format: 'AVIF', at: 4, fixed: ascii('ftypavif') },
  // Its reserved fields are 0, and so are the high bytes of the offset and of the second header's size.
  { format: 'BMP', at: 0, fixed: ascii('BM'), more: { 6: 0, 7: 0, 8: 0, 9: 0, 12: 0, 13: 0, 15: 0, 16: 0, 17: 0 } },
];

/** Shorter files hold no picture of 8 × 8. */
const LEAST_BYTES = 64;

export function* pictureFiles(bytes: Uint8Array): Generator<PictureFile> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  for (const { format, at, fixed, more = {} } of SIGNATURES) {
    for (let found = buffer.indexOf(fixed); found !== -1; found = buffer.indexOf(fixed, found + 1)) {
      const start = found - at;
      if (start < 0 || start + LEAST_BYTES > bytes.length) continue;
      if (Object.entries(more).every(([offset, value]) => bytes[start + Number(offset)] === value))
        yield { format, bytes: bytes.subarray(start) };
    }
  }
}
