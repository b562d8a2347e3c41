/** A listed video is found by four fifths of the query's frames, or of its own; order, speed and repetition do not matter. */
import { loadPdq, matchVideos } from '@lodestone/pdq';
import { concatBytes } from '@lodestone/protocol/bytes';
import { type ListRecord, printRelease } from '@lodestone/protocol/list-file';
import type { PlanList } from '@lodestone/protocol/sandbox';
import type { AnyDigest } from '@lodestone/testkit/digests';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Lists } from '../src/scanner/lists.ts';
import type { ListLookup, PictureHashes } from '../src/scanner/match.ts';
import { LEAST_SHARE, matchVideo, ofListed, ofSpreadKeys } from '../src/scanner/match-video.ts';
import { UNTURNED } from './unturned.ts';

const pdq = await loadPdq();
const LIST = 'a'.repeat(64) as AnyDigest;

/** Hashes with one byte each; two of them differ in at least 32 bits, unless they are equal. */
const BYTES = [0x00, 0xff, 0x0f, 0xf0, 0x33, 0xcc, 0x55, 0xaa, 0x3c, 0xc3];
const hash = (scene: number, bits = 0): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(32).fill(BYTES[scene] as number);
  for (let bit = 0; bit < bits; bit++) bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
  return bytes;
};
const frames = (...scenes: number[]): PictureHashes[] =>
  scenes.map((scene) => ({ quality: 100, own: hash(scene), others: [], ...UNTURNED, variants: [] }));
const video = (entry: number, ...scenes: number[]): ListRecord => ({
  type: 'vpdq',
  entry,
  payload: concatBytes(...scenes.map((scene) => hash(scene))),
});

function lookup(records: ListRecord[], line: Partial<PlanList> = {}, suppressed: number[] = []): ListLookup[] {
  const lists = new Lists(pdq);
  const file = printRelease(records).buffer;
  lists.load({ fileDigest: LIST, file, suppressed: Uint32Array.from(suppressed) });
  const row: PlanList = { fileDigest: LIST, media: ['video'], maxDistance: 31, minQuality: 50, variants: [], ...line };
  return lists.lookupsFor({ lists: [row] }, 'video') ?? [];
}
const found = (entry: number, distance = 0) => [{ kind: 'known', list: 0, entry, match: 'near', distance }];

test('a trimmed copy is found: all of its frames are listed', () => {
  expect(matchVideo(lookup([video(7, 0, 1, 2, 3, 4)]), frames(1, 2))).toEqual(found(7));
});

test('a longer video that contains the listed one is found: all of the listed frames are in it', () => {
  expect(matchVideo(lookup([video(7, 0, 1)]), frames(5, 6, 7, 1, 0, 8, 9))).toEqual(found(7));
});

test('a listed frame that is near a found one counts as found: a list has more frames of a second than a query', () => {
  const dense = concatBytes(...[0, 1].flatMap((scene) => [0, 10, 20, 28].map((bits) => hash(scene, bits))));
  const list = lookup([{ type: 'vpdq', entry: 7, payload: dense }], { maxDistance: 15 });
  expect(matchVideo(list, frames(0, 1, 5, 6, 7, 8, 9))).toEqual([]);
  const twice = [0, 20].flatMap((bits) =>
    [0, 1].map((scene) => ({ quality: 100, own: hash(scene, bits), others: [], ...UNTURNED, variants: [] })),
  );
  expect(matchVideo(list, [...twice, ...frames(5, 6, 7, 8, 9)])).toEqual(found(7));
});

test('a video that shares less than four fifths on both sides is not found', () => {
  expect(matchVideo(lookup([video(7, 0, 1, 2, 3)]), frames(0, 1, 2, 8))).toEqual([]);
  expect(matchVideo(lookup([video(7, 0, 1, 2, 3, 4)]), frames(0, 1, 2, 3, 8))).toEqual(found(7));
});

test('a match by the listed share alone stands, whatever frames follow', () => {
  const records = [video(7, 0, 1)];
  expect(matchVideo(lookup(records), frames(0), ofListed)).toEqual([]);
  expect(matchVideo(lookup(records), frames(0))).toEqual(found(7));
  expect(matchVideo(lookup(records), frames(0, 1), ofListed)).toEqual(found(7));
  expect(matchVideo(lookup(records), frames(0, 1, 5, 6, 7, 8, 9), ofListed)).toEqual(found(7));
});

test('eight frames over the whole length that differ stand for the video, fewer do not', () => {
  const records = [video(7, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9)];
  const keys = frames(0, 1, 2, 3, 4, 5, 6, 8);
  expect(matchVideo(lookup(records), keys, ofListed)).toEqual([]);
  expect(matchVideo(lookup(records), keys, ofSpreadKeys)).toEqual(found(7));
  expect(matchVideo(lookup(records), keys.slice(1), ofSpreadKeys)).toEqual([]);
  const blurred = keys.map((frame, i) => (i === 0 ? { ...frame, quality: 49 } : frame));
  expect(matchVideo(lookup(records), blurred, ofSpreadKeys)).toEqual([]);
  expect(matchVideo(lookup([video(7, 0, 1, 2, 3, 9)]), keys, ofSpreadKeys)).toEqual(found(7)); // by its own frames
  expect(matchVideo(lookup([video(7, 0, 1, 2, 9, 9, 9)]), keys, ofSpreadKeys)).toEqual([]);
});

test('the distance is the median of the frames’ distances', () => {
  const near = [3, 9, 5].map((bits, scene) => ({
    quality: 100,
    own: hash(scene, bits),
    others: [],
    ...UNTURNED,
    variants: [],
  }));
  expect(matchVideo(lookup([video(7, 0, 1, 2)]), near)).toEqual(found(7, 5));
});

test('frames below minQuality and beyond maxDistance do not count', () => {
  const blurred = frames(0, 1).map((frame) => ({ ...frame, quality: 49 }));
  expect(matchVideo(lookup([video(7, 0, 1)]), blurred)).toEqual([]);
  const far = [{ quality: 100, own: hash(0, 6), others: [], ...UNTURNED, variants: [] }];
  expect(matchVideo(lookup([video(7, 0)], { maxDistance: 5 }), far)).toEqual([]);
  expect(matchVideo(lookup([video(7, 0)], { maxDistance: 6 }), far)).toEqual(found(7, 6));
});

test('a suppressed video is not found, and the next nearest is', () => {
  const records = [video(7, 0, 1, 2), video(8, 0, 1, 2, 3)];
  expect(matchVideo(lookup(records, {}, [7]), frames(0, 1, 2))).toEqual(found(8));
  expect(matchVideo(lookup(records, {}, [7, 8]), frames(0, 1, 2))).toEqual([]);
});

test('a mirrored video is found only with the variant "orientations", and only if all frames are mirrored alike', () => {
  const mirrored = frames(8, 9).map((frame, i) => ({ ...frame, others: [hash(6), hash(i)] }));
  const mixed = [
    { quality: 100, own: hash(8), others: [hash(0), hash(6)], ...UNTURNED, variants: [] },
    { quality: 100, own: hash(9), others: [hash(6), hash(1)], ...UNTURNED, variants: [] },
  ];
  const line: Partial<PlanList> = { variants: ['orientations'] };
  expect(matchVideo(lookup([video(7, 0, 1)]), mirrored)).toEqual([]);
  expect(matchVideo(lookup([video(7, 0, 1)], line), mirrored)).toEqual(found(7));
  expect(matchVideo(lookup([video(7, 0, 1)], line), mixed)).toEqual([]);
});

test('a frame without its borders counts for the frame, only with the variant "borders"', () => {
  const boxed = frames(8, 9).map((frame, scene) => ({
    ...frame,
    quality: 20,
    variants: [3, 6].map((bits) => ({
      group: 'borders' as const,
      name: 'without borders',
      hash: hash(scene, bits),
      quality: 90,
      match: 'near' as const,
    })),
  }));
  const line: Partial<PlanList> = { variants: ['borders'] };
  expect(matchVideo(lookup([video(7, 0, 1)]), boxed)).toEqual([]);
  expect(matchVideo(lookup([video(7, 0, 1)], line), boxed)).toEqual(found(7, 3));
  expect(matchVideo(lookup([video(7, 0, 1)], { ...line, minQuality: 91 }), boxed)).toEqual([]);
});

test('agrees with matchVideos of @lodestone/pdq for each listed video', () => {
  const scenes = fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(scenes, fc.uniqueArray(scenes, { minLength: 1, maxLength: 5, selector: String }), (query, listed) => {
      const asVideo = (of: number[]) =>
        of.map((scene, frame) => ({ frame, quality: 100, hash: hash(scene), timestampSeconds: frame }));
      const expected = listed.flatMap((of, i) => {
        const { queryShare, listedShare } = matchVideos(asVideo(query), asVideo(of));
        // The sandbox counts a listed frame once for each row, as matchVideos does.
        return Math.max(queryShare, listedShare) >= LEAST_SHARE ? [i + 1] : [];
      });
      const [finding] = matchVideo(lookup(listed.map((of, i) => video(i + 1, ...of))), frames(...query));
      if (expected.length === 0) expect(finding).toBeUndefined();
      else expect(expected).toContain(finding?.entry);
    }),
  );
});
