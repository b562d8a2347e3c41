/** Scans in Node: stands for an engine's decoder and for a model. */
import type { AnyDigest } from '@lodestone/testkit/digests';
import { loadPdq } from '@lodestone/pdq';
import { LIMITS } from '@lodestone/protocol/limits';
import { printRelease } from '@lodestone/protocol/list-file';
import type { Variant } from '@lodestone/protocol/order';
import type { Media } from '@lodestone/protocol/surface';
import type { Verdict } from '@lodestone/protocol/verdict';
import type { Looks } from '../src/decode/looks.ts';
import type { Pixels } from '../src/decode/pixels.ts';
import type { LazyParts } from '../src/scanner/lazy-parts.ts';
import { Lists } from '../src/scanner/lists.ts';
import { scan } from '../src/scanner/scan.ts';
import { drawPicture, type Rgba } from './picture.ts';
import { parts } from './source-parts.ts';

export type Bytes = Uint8Array<ArrayBuffer>;

/** On the list as entry 7. */
export const listed = drawPicture(64, 48);

export function pixelsOf({ width, height, data }: Rgba): Pixels {
  return { width, height, data: new Uint8ClampedArray(data) };
}

const pdq = await loadPdq();
const lists = new Lists(pdq);
const fileDigest = 'a'.repeat(64) as AnyDigest;
const { buffer: file } = printRelease([{ type: 'pdq', entry: 7, payload: pdq.hash(listed).hash }]);
lists.load({ fileDigest, file, suppressed: new Uint32Array() });
const LINE = { fileDigest, maxDistance: 31, minQuality: 0 };
const MODEL = { manifestDigest: 'd'.repeat(64) as AnyDigest, minBucket: 8 };

export interface Stubs {
  /** What the decoder makes of these bytes. */
  looksOf: (bytes: Bytes) => Pick<Looks, 'pixels' | 'onBlack'> & Partial<Looks>;
  /** Frames of an animation after the first. */
  laterFrames?: readonly Pixels[];
  /** The model's bucket for every picture; undefined if it fails. */
  bucket?: number | undefined;
  /** What the list covers; by default pictures and files. */
  media?: Media[];
  /** What the list is searched for beside the picture itself; by default nothing. */
  variants?: Variant[];
  /** In place of the containers part. */
  containers?: Pick<LazyParts, 'run'>;
}

export function scanWithStubs(content: Bytes, stubs: Stubs): Promise<Verdict> {
  const { looksOf, laterFrames = [], media = ['image', 'file'], variants = [], containers = parts } = stubs;
  const bucket = 'bucket' in stubs ? stubs.bucket : 9;
  const job = {
    contentId: 1,
    sizeBytes: content.length,
    plan: { lists: [{ ...LINE, media, variants }], models: [MODEL] },
  };
  return scan(job, {
    pdq,
    lists,
    decoder: {
      needsBitmap: false,
      decode: async ({ bytes }) => {
        const looks = looksOf(bytes);
        return { full: looks.pixels, isWhole: true, ...looks };
      },
      decodeAtFullSize: async () => undefined,
    },
    decodeLaterFrames: async (_, onFrame) => {
      for (const [i, frame] of laterFrames.entries()) await onFrame(frame, i + 1, laterFrames.length + 1);
      return undefined;
    },
    parts: {
      run: (part, ...rest) => (part === 'classifier' ? Promise.resolve(bucket) : containers.run(part, ...rest)),
    },
    bitmaps: { request: async () => undefined },
    reader: { read: async (_, first) => content.slice(first * LIMITS.blockBytes) },
    send: () => undefined,
  });
}
