/** After a verdict, the buffers that held the item's bytes and pixels are zeros, and the kernels' memories hold nothing of them. */
import type { AnyDigest } from '@lodestone/testkit/digests';
import { loadPdq, type Pdq } from '@lodestone/pdq';
import { LIMITS } from '@lodestone/protocol/limits';
import { printRelease } from '@lodestone/protocol/list-file';
import { VARIANTS } from '@lodestone/protocol/order';
import type { ModelInput } from '@lodestone/protocol/model';
import type { PlanList } from '@lodestone/protocol/sandbox';
import type { Verdict } from '@lodestone/protocol/verdict';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createModelInput } from '../src/decode/model-input.ts';
import type { Pixels } from '../src/decode/pixels.ts';
import type { StillDecoder } from '../src/decode/still.ts';
import { BlockReader } from '../src/scanner/content.ts';
import { Lists } from '../src/scanner/lists.ts';
import { scan } from '../src/scanner/scan.ts';

const LIST = 'a'.repeat(64) as AnyDigest;
const LINE: PlanList = {
  fileDigest: LIST,
  media: ['image'],
  maxDistance: 31,
  minQuality: 0,
  variants: [...VARIANTS],
};
/** Only the signature matters: the decoder of these tests returns given pixels. */
const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const content = new Uint8Array(3 * LIMITS.blockBytes + 100).fill(0x55);
content.set(PNG);

/** The WebAssembly memories of the list's index and of the hasher, in this order; or that of a model input. */
let memories: WebAssembly.Memory[];
beforeEach(() => {
  memories = [];
  const { Instance } = WebAssembly;
  vi.spyOn(WebAssembly, 'Instance').mockImplementation(function (module) {
    const instance = new Instance(module);
    memories.push(instance.exports['memory'] as WebAssembly.Memory);
    return instance;
  });
});
afterEach(() => vi.restoreAllMocks());

/** Plays the host's port: answers immediately, and keeps the buffers that it sent. */
function hostPort(given: ArrayBuffer[]): { port: MessagePort; send: (event: unknown) => void } {
  const port = new EventTarget() as EventTarget & { start: () => void };
  port.start = () => undefined;
  const send = (event: unknown): void => {
    const wanted = event as { type: string; contentId: number; first: number; count: number };
    if (wanted.type !== 'bytes-wanted') return;
    const from = wanted.first * LIMITS.blockBytes;
    const bytes = content.slice(from, from + wanted.count * LIMITS.blockBytes).buffer;
    given.push(bytes);
    const { contentId, first } = wanted;
    port.dispatchEvent(new MessageEvent('message', { data: { type: 'bytes', contentId, first, bytes } }));
  };
  return { port: port as unknown as MessagePort, send };
}

/** @param atFullSize the picture before its reduction, if it was reduced */
async function scanPicture(
  pixels: Pixels | undefined,
  atFullSize?: Pixels,
): Promise<{ verdict: Verdict | undefined; buffers: ArrayBuffer[] }> {
  const pdq: Pdq = await loadPdq();
  const lists = new Lists(pdq);
  const { buffer: file } = printRelease([{ type: 'pdq', entry: 1, payload: new Uint8Array(32).fill(1) }]);
  lists.load({ fileDigest: LIST, file, suppressed: new Uint32Array() });
  const buffers: ArrayBuffer[] = [];
  const { port, send } = hostPort(buffers);
  const decoder: StillDecoder = {
    needsBitmap: false,
    decode: ({ bytes }) => {
      expect(bytes).toEqual(content);
      buffers.push(bytes.buffer);
      if (!pixels) return Promise.reject(new RangeError('out of memory'));
      const onBlack = { ...pixels, data: pixels.data.slice() };
      buffers.push(pixels.data.buffer, onBlack.data.buffer);
      return Promise.resolve({ pixels, onBlack, full: atFullSize ?? pixels, isWhole: true });
    },
    decodeAtFullSize() {
      if (!atFullSize) return Promise.resolve(undefined);
      const all = { ...atFullSize, data: atFullSize.data.slice() };
      buffers.push(all.data.buffer);
      return Promise.resolve(all);
    },
  };
  const reader = new BlockReader(port, send);
  const job = { contentId: 1, sizeBytes: content.length, plan: { lists: [LINE], models: [] } };
  const verdict = await scan(job, {
    pdq,
    decoder,
    decodeLaterFrames: async () => undefined,
    lists,
    parts: { run: async () => undefined },
    bitmaps: { request: () => Promise.resolve(undefined) },
    reader,
    send,
  }).catch(() => undefined);
  return { verdict, buffers };
}

function noise(width: number, height: number): Pixels {
  const data = Uint8ClampedArray.from({ length: width * height * 4 }, (_, i) => (i % 4 === 3 ? 255 : (i * 7919) >> 3));
  return { width, height, data };
}

const isZero = (buffer: ArrayBuffer): boolean => new Uint8Array(buffer).every((byte) => byte === 0);

test('after a verdict, blocks, content and pixels are zeros', async () => {
  const { verdict, buffers } = await scanPicture(noise(512, 384));
  expect(verdict).toEqual({ media: 'image', findings: [], complete: true });
  expect(buffers.length).toBe(5); // the first block, the rest, the whole, the pixels on white and on black
  expect(buffers.map(isZero)).toEqual(buffers.map(() => true));
});

test('a picture that is hashed at full size leaves zeros in its pixels and in the hasher’s memory', async () => {
  const { buffers } = await scanPicture(noise(512, 384), noise(900, 700));
  expect(buffers.length).toBe(7); // also all pixels, on white and on black
  expect(buffers.map(isZero)).toEqual(buffers.map(() => true));
  const [, after] = memories.splice(0);
  const zeros = (width: number, height: number): Pixels => ({
    ...noise(width, height),
    data: new Uint8ClampedArray(width * height * 4),
  });
  await scanPicture(zeros(900, 700));
  const [, black] = memories;
  expect(Buffer.compare(bytesOf(after), bytesOf(black))).toBe(0);
});

test('grey copies of the picture, made for its variants, are zeros', async () => {
  const planes: Float32Array[] = [];
  const Real = Float32Array;
  vi.stubGlobal(
    'Float32Array',
    class extends Real {
      constructor(...given: ConstructorParameters<typeof Float32Array>) {
        super(...given);
        planes.push(this);
      }
    },
  );
  const { verdict } = await scanPicture(noise(512, 384)).finally(() => vi.unstubAllGlobals());
  expect(verdict?.complete).toBe(true);
  expect(planes.length).toBeGreaterThan(3);
  const left = planes.filter((plane) => plane.some((value) => value !== 0));
  expect(left.map(({ length }) => length)).toEqual([]);
});

test('if the decoder fails, blocks and content are zeros', async () => {
  const { verdict, buffers } = await scanPicture(undefined);
  expect(verdict).toBeUndefined();
  expect(buffers.map(isZero)).toEqual([true, true, true]);
});

test.for([
  [512, 384],
  [100, 512],
  [17, 9],
] as const)('the hasher’s memory equals that after a picture of %i × %i zeros', async ([width, height]) => {
  await scanPicture(noise(width, height));
  const [, after] = memories.splice(0);
  await scanPicture({ width, height, data: new Uint8ClampedArray(width * height * 4) });
  const [, black] = memories;
  expect(after?.buffer.byteLength).toBeGreaterThan(65_536);
  expect(Buffer.compare(bytesOf(after), bytesOf(black))).toBe(0);
});

test('the model input’s memory equals that before the picture, even if the tensor cannot be copied', () => {
  const side = LIMITS.modelSide;
  const input: ModelInput = {
    name: '',
    width: side,
    height: side,
    layout: 'nchw',
    mean: [0.5, 0.5, 0.5],
    scale: [1, 2, 3],
  };
  const toModelInput = createModelInput(input);
  const [memory] = memories;
  const before = bytesOf(memory).slice();
  expect(before.length).toBeLessThan(4_300_000);
  const pixels = noise(LIMITS.hashSide, LIMITS.hashSide);
  expect(toModelInput(pixels, pixels)).not.toContain(0);
  expect(Buffer.compare(bytesOf(memory), before)).toBe(0);
  vi.spyOn(Float32Array.prototype, 'slice').mockImplementationOnce(() => {
    throw new RangeError('out of memory');
  });
  expect(() => toModelInput(pixels, pixels)).toThrow(RangeError);
  expect(Buffer.compare(bytesOf(memory), before)).toBe(0);
});

function bytesOf(memory: WebAssembly.Memory | undefined): Uint8Array {
  return new Uint8Array(memory?.buffer ?? new ArrayBuffer(0));
}
