/** Bytes that begin something again and again cost a few passes, not a pass for each beginning. Spec: docs/design/hashing.md#containers */
import { loadPdq } from '@lodestone/pdq';
import { concatBytes, utf8 } from '@lodestone/protocol/bytes';
import { LIMITS } from '@lodestone/protocol/limits';
import { printRelease } from '@lodestone/protocol/list-file';
import type { Media } from '@lodestone/protocol/surface';
import type { AnyDigest } from '@lodestone/testkit/digests';
import { expect, test, vi } from 'vitest';
import { type ContainerType, sniff } from '../src/decode/sniff.ts';
import { type Inside, scanInsideFile, scanInsideJpeg } from '../src/scanner/inside.ts';
import { Lists } from '../src/scanner/lists.ts';
import type { ListLookup } from '../src/scanner/match.ts';
import { compress, pdfOf, tarOf, zipOf } from './containers.ts';
import { pngOf } from './encode.ts';
import { parts } from './source-parts.ts';

type Bytes = Uint8Array<ArrayBuffer>;
const MEGABYTES = 8;
/** Of processor time, so that a busy machine does not matter. The deadline is 15 s and more. */
const MOST_MS = 3_000;

const pdq = await loadPdq();
const lookups = lookupsFor(['image', 'video', 'file']);
const decoder = {
  needsBitmap: false,
  decode: () => Promise.resolve({ reason: 'decode' as const }),
  decodeAtFullSize: () => Promise.resolve(undefined),
};
const noAnimation = {
  decodeLaterFrames: () => Promise.resolve(undefined),
  parts,
};
const tools = { pdq, decoder, ...noAnimation };

function lookupsFor(media: Media[]): ListLookup[] {
  const fileDigest = 'a'.repeat(64) as AnyDigest;
  const lists = new Lists(pdq);
  const { buffer: file } = printRelease([{ type: 'sha256', entry: 1, payload: new Uint8Array(32).fill(1) }]);
  lists.load({ fileDigest, file, suppressed: new Uint32Array() });
  return (
    lists.lookupsFor({ lists: [{ fileDigest, media, maxDistance: 31, minQuality: 0, variants: [] }] }, 'file') ?? []
  );
}

/** Fills this many megabytes after the beginning. */
function full(start: Uint8Array, part: Uint8Array, megabytes = MEGABYTES): Bytes {
  const bytes = new Uint8Array(megabytes * 1_000_000);
  bytes.set(start);
  for (let at = start.length; at + part.length <= bytes.length; at += part.length) bytes.set(part, at);
  return bytes;
}
async function inTime(work: () => Promise<Inside>): Promise<Inside> {
  const started = process.cpuUsage();
  const inside = await work();
  expect(process.cpuUsage(started).user / 1_000).toBeLessThan(MOST_MS);
  return inside;
}
function open(bytes: Bytes): Promise<Inside> {
  return scanInsideFile(
    bytes,
    (sniff(bytes.subarray(0, LIMITS.blockBytes)) as { container?: ContainerType }).container,
    lookups,
    tools,
  );
}

const ID3 = utf8('ID3\x04');
const PDF = utf8('%PDF-1.7\n');
test.for<[string, Bytes]>([
  ['beginnings of a JPEG', full(ID3, Uint8Array.of(0xff, 0xd8, 0xff))],
  [
    'a JPEG of fill bytes',
    full(concatBytes(ID3, ...Array.from({ length: 100 }, () => Uint8Array.of(0xff, 0xd8, 0xff))), Uint8Array.of(0xff)),
  ],
  ['beginnings of a PNG', full(ID3, Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a))],
  ['streams without an end', full(PDF, utf8('>>stream'))],
  ['streams with an end', full(PDF, utf8('obj<<>>stream\nendstream'))],
  ['strings without an end in objects', full(PDF, utf8('obj('))],
  ['dictionaries without an end in objects', full(PDF, utf8('1 0 obj<</A '))],
  ['objects in strings of objects', full(PDF, utf8('1 0 obj('))],
  ['the word stream', full(PDF, utf8('stream\n'))],
  ['streams that all end at the same place', full(PDF, utf8('obj<</Subtype/Image>>stream\n'))],
  ['the first letter of a stream', full(PDF, utf8('s'))],
  ['beginnings of a local header', full(Uint8Array.of(0x50, 0x4b, 3, 4), Uint8Array.of(0x50, 0x4b, 3, 4))],
  ['the letter P after a ZIP’s signature', full(Uint8Array.of(0x50, 0x4b, 3, 4), utf8('P'))],
  ['an endless directory', await endlessDirectory()],
  ['empty blocks of a tar', full(tarOf(utf8('x')), new Uint8Array(1))],
])('%s', async ([, bytes]) => {
  await inTime(() => open(bytes));
});

test('boxes of a video behind a JPEG are tried a few times', async () => {
  const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xd9);
  await inTime(() => scanInsideJpeg(full(jpeg, utf8('ftyp')), lookups, tools));
  await inTime(() => scanInsideJpeg(full(jpeg, utf8('f')), lookups, tools));
});

test('many references of a PDF are looked up in one index', async () => {
  const samples = await compress(new Uint8Array(3), 'deflate');
  const pictures = Array.from({ length: 4_000 }, (_, i) => ({
    dictionary: `/Subtype /Image /Width 1 /Height 1 /ColorSpace ${i + 9_000} 0 R /Filter /FlateDecode`,
    data: samples,
  }));
  const bytes = concatBytes(pdfOf(pictures), full(new Uint8Array(), utf8('\n1 0 ')));
  await inTime(() => open(bytes));
});

test('of members that overlap, whatever their number, one is opened', async () => {
  expect((await inTime(async () => open(await overlapping()))).fault).toBe('decode');
});

test('members that state many bytes cost what they have', async () => {
  const bytes = await compress(utf8('x'), 'deflate-raw');
  const members = Array.from({ length: 4_000 }, () => ({ bytes, method: 8, statedBytes: 33_000_000 }));
  await inTime(async () => open(await zipOf(...members)));
});

test('the gap behind many empty members is searched once', async () => {
  const zip = await zipOf(
    ...Array.from({ length: 4_000 }, () => ({ bytes: new Uint8Array(), method: 'stored' as const })),
  );
  const directory = new DataView(zip.buffer).getUint32(zip.length - 6, true);
  const bytes = concatBytes(zip.subarray(0, directory), new Uint8Array(MEGABYTES * 1_000_000), zip.subarray(directory));
  new DataView(bytes.buffer).setUint32(bytes.length - 6, directory + MEGABYTES * 1_000_000, true);
  expect((await inTime(() => open(bytes))).fault).toBe(undefined);
});

test('of pictures that have too many pixels together, the last ones are not decoded', async () => {
  const large = pngOf(LIMITS.pictureSide, LIMITS.pictureSide, new Uint8Array(9));
  const decode = vi.fn(() => Promise.resolve({ reason: 'decode' as const }));
  const archive = await zipOf({ bytes: large }, { bytes: large }, { bytes: pngOf(1, 1, new Uint8Array(9)) });
  await scanInsideFile(archive, 'zip', lookups, { ...tools, decoder: { ...decoder, decode } });
  expect(decode).toHaveBeenCalledTimes(1);
});

/** Entries that all name the one member: 10 kB that would be 40 GB. */
async function overlapping(): Promise<Bytes> {
  const one = await zipOf({ bytes: new Uint8Array(10_000_000).fill(0x20) });
  const directory = one.length - 22 - 46 - 'member-0'.length;
  const entry = one.slice(directory, one.length - 22);
  const end = one.slice(-22);
  const count = 4_000;
  new DataView(end.buffer).setUint16(8, count, true);
  new DataView(end.buffer).setUint16(10, count, true);
  return concatBytes(one.slice(0, directory), ...Array.from({ length: count }, () => entry), end);
}

async function endlessDirectory(): Promise<Bytes> {
  const empty = await zipOf();
  const entry = concatBytes(Uint8Array.of(0x50, 0x4b, 1, 2), new Uint8Array(42));
  const directory = full(Uint8Array.of(0x50, 0x4b, 3, 4), new Uint8Array(1));
  for (let at = 4; at + 46 < directory.length; at += 46) directory.set(entry, at);
  const end = empty.slice();
  new DataView(end.buffer).setUint32(16, 4, true);
  return concatBytes(directory, end);
}
