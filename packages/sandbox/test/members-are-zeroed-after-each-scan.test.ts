/** After a file was opened, every buffer that held what was inside it is zeros, also if something in it fails. Spec: docs/design/sandbox.md#scanner */
import { loadPdq } from '@lodestone/pdq';
import { concatBytes, utf8 } from '@lodestone/protocol/bytes';
import { printRelease } from '@lodestone/protocol/list-file';
import type { AnyDigest } from '@lodestone/testkit/digests';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Pixels } from '../src/decode/pixels.ts';
import { type ContainerType, sniff } from '../src/decode/sniff.ts';
import type { StillDecoder } from '../src/decode/still.ts';
import { scanInsideFile } from '../src/scanner/inside.ts';
import { Lists } from '../src/scanner/lists.ts';
import { anMp4, compress, gzipOf, pdfSamples, pdfOf, tarOf, zipOf } from './containers.ts';
import { encodePng } from './encode.ts';
import { drawPicture } from './picture.ts';
import { parts } from './source-parts.ts';

type Bytes = Uint8Array<ArrayBuffer>;
const LIST = 'a'.repeat(64) as AnyDigest;
const LINE = { fileDigest: LIST, media: ['image', 'file', 'video'] as const, maxDistance: 31, minQuality: 0 };
const picture = drawPicture(300, 200);
/** Large enough that each buffer for it has to grow. */
const secret = concatBytes(...Array.from({ length: 9_000 }, () => utf8('secret, 16 bytes')));

/** What the engine's stream gave out, and buffers that the sandbox made while it inflated. */
const given: Uint8Array[] = [];
const made: ArrayBufferLike[] = [];

beforeAll(() => {
  const Real = DecompressionStream;
  vi.stubGlobal('DecompressionStream', function (format: CompressionFormat) {
    const { readable, writable } = new Real(format);
    const reader = readable.getReader();
    const read = async (): Promise<ReadableStreamReadResult<Uint8Array>> => {
      const step = await reader.read();
      if (step.value) given.push(step.value);
      return step;
    };
    return { writable, readable: { getReader: () => ({ read, cancel: () => reader.cancel() }) } };
  });
});
afterAll(() => vi.unstubAllGlobals());

async function buffersAfter(content: Bytes, pixels: Pixels | undefined): Promise<Uint8Array[]> {
  given.length = 0;
  made.length = 0;
  const pdq = await loadPdq();
  const lists = new Lists(pdq);
  const { buffer: file } = printRelease([{ type: 'sha256', entry: 1, payload: new Uint8Array(32).fill(1) }]);
  lists.load({ fileDigest: LIST, file, suppressed: new Uint32Array() });
  const lookups = lists.lookupsFor({ lists: [{ ...LINE, media: [...LINE.media], variants: [] }] }, 'file') ?? [];
  const decoder: StillDecoder = {
    needsBitmap: false,
    decode: () =>
      pixels
        ? Promise.resolve({ pixels, full: pixels, isWhole: true })
        : Promise.reject(new RangeError('out of memory')),
    decodeAtFullSize: () => Promise.resolve(undefined),
  };
  const { Uint8Array: Plain } = globalThis;
  vi.stubGlobal(
    'Uint8Array',
    class extends Plain {
      constructor(...values: [number]) {
        super(...values);
        if (typeof values[0] === 'number') made.push(this.buffer);
      }
    },
  );
  const { container } = sniff(content) as { container: ContainerType };
  const decodeLaterFrames = () => Promise.resolve(undefined);
  const tools = { pdq, decoder, decodeLaterFrames, parts };
  await scanInsideFile(content, container, lookups, tools).catch(() => undefined);
  vi.stubGlobal('Uint8Array', Plain);
  return [...given, ...made.map((buffer) => new Uint8Array(buffer))];
}

/** Digests and hashes, which are 32 bytes or a few of them, are not content. */
const holdsContent = (buffer: Uint8Array): boolean => buffer.length > 512 && buffer.some((byte) => byte !== 0);

test.for<[string, () => Bytes | Promise<Bytes>]>([
  ['a ZIP', () => zipOf({ bytes: secret }, { bytes: anMp4() })],
  ['a ZIP in a ZIP', async () => zipOf({ bytes: await zipOf({ bytes: secret }) })],
  ['a ZIP with a picture', async () => zipOf({ bytes: await encodePng(picture) })],
  ['a gzip of a tar', () => gzipOf(tarOf(secret))],
  ['a PDF with samples', async () => pdfOf([await pdfSamples(picture)])],
  [
    'a PDF whose samples are not read',
    async () =>
      pdfOf([
        {
          ...(await pdfSamples(picture)),
          dictionary: '/Subtype /Image /Width 9 /Height 9 /ColorSpace /Lab /Filter [/FlateDecode /LZWDecode]',
        },
      ]),
  ],
  [
    'a PDF with an attachment',
    async () =>
      pdfOf([{ dictionary: '/Type /EmbeddedFile /Filter /FlateDecode', data: await compress(secret, 'deflate') }]),
  ],
])('of %s, every buffer that held a member or its pixels is zeros', async ([, make]) => {
  const pixels = { ...picture, data: new Uint8ClampedArray(picture.data) };
  const buffers = await buffersAfter(await make(), pixels);
  expect(buffers.filter(({ length }) => length > 512).length).toBeGreaterThan(1);
  expect(buffers.filter(holdsContent).map(({ length }) => length)).toEqual([]);
});

test('if a decoder fails, the member is zeros', async () => {
  const buffers = await buffersAfter(await zipOf({ bytes: await encodePng(picture) }), undefined);
  expect(buffers.filter(holdsContent).map(({ length }) => length)).toEqual([]);
});

test('if inflating reaches a bound, what was inflated is zeros', async () => {
  const bomb = concatBytes(secret, new Uint8Array(40_000_000));
  const buffers = await buffersAfter(await zipOf({ bytes: bomb }), undefined);
  expect(buffers.filter(holdsContent).map(({ length }) => length)).toEqual([]);
});
