/** Opens a file as a scan does, in Node: without a decoder, so that members are found by their digest and samples by their hash. */
import { loadPdq } from '@lodestone/pdq';
import { LIMITS } from '@lodestone/protocol/limits';
import { printRelease } from '@lodestone/protocol/list-file';
import type { Media } from '@lodestone/protocol/surface';
import type { AnyDigest } from '@lodestone/testkit/digests';
import { type ContainerType, sniff } from '../src/decode/sniff.ts';
import { type Inside, scanInsideFile } from '../src/scanner/inside.ts';
import { Lists } from '../src/scanner/lists.ts';
import type { PictureTools } from '../src/scanner/look-at-picture.ts';
import type { ListLookup } from '../src/scanner/match.ts';
import { parts } from './source-parts.ts';

type Records = Parameters<typeof printRelease>[0];

export const pdq = await loadPdq();

export const tools: PictureTools = {
  pdq,
  decoder: {
    needsBitmap: false,
    decode: () => Promise.resolve({ reason: 'decode' as const }),
    decodeAtFullSize: () => Promise.resolve(undefined),
  },
  decodeLaterFrames: () => Promise.resolve(undefined),
  parts,
};

/** A list of these records; by default one that nothing is on. */
export function lookupsOf(
  records: Records = [{ type: 'sha256', entry: 1, payload: new Uint8Array(32).fill(1) }],
  media: Media[] = ['image', 'video', 'file'],
): ListLookup[] {
  const fileDigest = 'a'.repeat(64) as AnyDigest;
  const lists = new Lists(pdq);
  const { buffer: file } = printRelease(records);
  lists.load({ fileDigest, file, suppressed: new Uint32Array() });
  return (
    lists.lookupsFor({ lists: [{ fileDigest, media, maxDistance: 31, minQuality: 0, variants: [] }] }, 'file') ?? []
  );
}

/** What is found in the file, as its format says; by default under a list that nothing is on. */
export function lookInside(bytes: Uint8Array<ArrayBuffer>, lookups = lookupsOf()): Promise<Inside> {
  const { container } = sniff(bytes.subarray(0, LIMITS.blockBytes)) as { container?: ContainerType };
  return scanInsideFile(bytes, container, lookups, tools);
}
