/** Mutations: each takes a file and damages it, lies in it, or makes it a bomb. Flow: seeds → here → inputs. Pure, given the random source. */
import { concatBytes, utf8 } from '@lodestone/protocol/bytes';
import { gzipOf, pdfJpeg, pdfOf, tarOf, zipOf } from '@lodestone/sandbox/testing/containers';
import { pngOf } from '@lodestone/sandbox/testing/encode';
import { deflateSync, gzipSync } from 'node:zlib';
import type { Random } from './random.ts';
import type { Bytes, Seed } from './seeds.ts';

export type Mutation = (bytes: Bytes, random: Random, seeds: readonly Seed[]) => Bytes | Promise<Bytes>;

/** Larger results are cut, so that a run is about hostile bytes and not about their number. */
const LONGEST = 4_194_304;
const LENGTHS = [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff];
const SIDES = [0, 1, 2, 511, 513, 4_096, 8_000, 16_383, 16_384, 16_385, 32_767, 65_535];

/** By name. Those at the front leave most of the file as it is. */
export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'flip bits': (bytes, random) => {
    const result = bytes.slice();
    for (let i = 1 + random.below(16); i > 0 && result.length > 0; i--) {
      const at = random.below(result.length);
      result[at] = (result[at] as number) ^ (1 << random.below(8));
    }
    return result;
  },
  'set bytes': (bytes, random) => {
    const result = bytes.slice();
    const at = random.below(result.length + 1);
    result.set(random.bytes(Math.min(random.below(64), result.length - at)), at);
    return result;
  },
  cut: (bytes, random) => bytes.slice(0, random.below(bytes.length + 1)),
  'cut the end': (bytes, random) => bytes.slice(0, Math.max(0, bytes.length - 1 - random.below(32))),
  append: (bytes, random, seeds) =>
    concatBytes(bytes, random.chance(0.5) ? random.of(seeds).bytes : random.bytes(1 + random.below(5_000))),
  'remove a range': (bytes, random) => {
    const [from, to] = range(bytes, random);
    return concatBytes(bytes.subarray(0, from), bytes.subarray(to));
  },
  'swap two ranges': (bytes, random) => {
    const [from, to] = range(bytes, random);
    const middle = from + random.below(to - from + 1);
    return concatBytes(
      bytes.subarray(0, from),
      bytes.subarray(middle, to),
      bytes.subarray(from, middle),
      bytes.subarray(to),
    );
  },
  'splice in a chunk of another file': (bytes, random, seeds) => {
    const other = random.of(seeds).bytes;
    const [from, to] = range(other, random);
    const at = random.below(bytes.length + 1);
    return concatBytes(bytes.subarray(0, at), other.subarray(from, to), bytes.subarray(at));
  },
  'repeat a range': (bytes, random) => {
    const [from, to] = range(bytes, random);
    const times = Math.min(random.below(2_000), Math.floor(LONGEST / (to - from + 1)));
    return concatBytes(
      bytes.subarray(0, to),
      ...Array.from({ length: times }, () => bytes.subarray(from, to)),
      bytes.subarray(to),
    );
  },
  'a length field': (bytes, random) => {
    const result = bytes.slice();
    const width = random.of([1, 2, 4, 8]);
    // Headers are at the front, directories at the end.
    const near = random.chance(0.6) ? 64 : result.length;
    const at = random.chance(0.3) ? result.length - 1 - random.below(near) : random.below(near);
    write(result, at, { width, value: random.of(LENGTHS), isLittle: random.chance(0.5) });
    return result;
  },
  'other sides': (bytes, random) => {
    const result = bytes.slice();
    const field = sidesOf(result);
    if (!field) return result;
    write(result, field.at, { ...field, value: random.of(SIDES) });
    write(result, field.at + field.width, { ...field, value: random.of(SIDES) });
    return result;
  },
  'the signature of another file': (bytes, random, seeds) => {
    const other = random.of(seeds).bytes;
    return concatBytes(other.subarray(0, 4 + random.below(28)), bytes.subarray(random.below(32)));
  },
  'text around it': (bytes, random) =>
    concatBytes(utf8(random.of(['<svg>', '<!--', ' ', '\u{feff}', '%PDF-1.4\n', 'GIF89a', 'MZ'])), bytes),
  'in an archive': (bytes, random, seeds) => {
    const other = random.of(seeds).bytes;
    return random.of([
      () => zipOf({ bytes: other }, { bytes }),
      () => zipOf({ bytes, method: 'stored', hasDescriptor: true }, { bytes: other, isUnnamed: true }),
      () => tarOf(bytes, other),
      () => gzipOf(bytes),
      () =>
        pdfOf([pdfJpeg(bytes), pdfJpeg(other, random.of(['/FlateDecode', '/JPXDecode', '[/FlateDecode /DCTDecode]']))]),
    ])();
  },
  'deep in archives': async (bytes, random) => {
    let result = bytes;
    for (let depth = 2 + random.below(12); depth > 0; depth--) {
      result = random.chance(0.7) ? await zipOf({ bytes: result }) : await gzipOf(result);
    }
    return result;
  },
};

/** The file stays whole inside what these make of it. */
export const WRAPPERS: readonly string[] = ['in an archive', 'deep in archives'];

/** Bombs replace the file: small inputs that ask for much work or memory. Each is made once. */
export const BOMBS: Readonly<Record<string, (random: Random) => Bytes | Promise<Bytes>>> = {
  'a PNG of many pixels': async (random) => {
    const [width, height] = [random.of(SIDES), random.of(SIDES)];
    const zeros = await once(`png ${width} ${height}`, () =>
      deflateSync(new Uint8Array(Math.min(width * height * 4 + height, 70_000_000))),
    );
    return pngOf(width, height, zeros);
  },
  'zeros in gzip': () => once('gzip', () => gzipSync(new Uint8Array(300_000_000))),
  'zeros in a ZIP': async () =>
    once('zip', () => zipOf({ bytes: new Uint8Array(60_000_000) }, { bytes: new Uint8Array(60_000_000) })),
  'a ZIP of many files': () =>
    once('many', () =>
      zipOf(...Array.from({ length: 5_000 }, () => ({ bytes: utf8('x'), method: 'stored' as const }))),
    ),
  'a JPEG of endless segments': (random) => {
    const segments = Array.from({ length: 200_000 }, () => [0xff, 0xfe, 0, random.of([2, 3, 4]), 0xff, 0xd8, 0xff]);
    return Uint8Array.from([0xff, 0xd8, ...segments.flat()]);
  },
  'a text of brackets': (random) =>
    utf8(random.of(['<svg ', '<!--', '<!DOCTYPE svg [', '[[[[', '\\u0000']).repeat(20_000)),
  'a PDF of many streams': () =>
    once('streams', () => pdfOf(Array.from({ length: 6_000 }, () => pdfJpeg(Uint8Array.of(0xff, 0xd8, 0xff))))),
};

const made = new Map<string, Promise<Bytes>>();
function once(key: string, make: () => Uint8Array | Promise<Bytes>): Promise<Bytes> {
  const kept = made.get(key) ?? Promise.resolve(make()).then((bytes) => new Uint8Array(bytes));
  made.set(key, kept);
  return kept;
}

export function shorten(bytes: Bytes): Bytes {
  return bytes.subarray(0, LONGEST);
}

function range(bytes: Uint8Array, random: Random): [from: number, to: number] {
  const from = random.below(bytes.length + 1);
  return [from, from + random.below(Math.min(bytes.length - from, random.of([16, 256, 4_096, bytes.length])) + 1)];
}

interface Field {
  readonly width: number;
  readonly isLittle: boolean;
}

/** Where width and height are, if the file is of a kind that has them side by side. */
function sidesOf(bytes: Uint8Array): (Field & { readonly at: number }) | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, 4));
  if (start.startsWith('\x89PNG')) return { at: 16, width: 4, isLittle: false };
  if (start.startsWith('GIF')) return { at: 6, width: 2, isLittle: true };
  if (start.startsWith('BM')) return { at: 18, width: 4, isLittle: true };
  if (start.startsWith('RIFF')) return { at: 26, width: 2, isLittle: true };
  for (let at = 0; start.startsWith('\xff\xd8') && at + 9 < bytes.length; at++) {
    if (bytes[at] === 0xff && (bytes[at + 1] === 0xc0 || bytes[at + 1] === 0xc2))
      return { at: at + 5, width: 2, isLittle: false };
  }
  return undefined;
}

function write(bytes: Uint8Array, at: number, { width, isLittle, value }: Field & { readonly value: number }): void {
  for (let i = 0; i < width; i++) {
    const place = at + (isLittle ? i : width - 1 - i);
    if (place >= 0 && place < bytes.length) bytes[place] = Math.floor(value / 256 ** i);
  }
}
