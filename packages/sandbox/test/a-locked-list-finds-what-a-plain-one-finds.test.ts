/** The finding of a locked list is that of the plain list with the same rows, for edits within the tries; a closed list is never "no match". */
import type { AnyDigest } from '@lodestone/testkit/digests';
import { loadPdq, marginsOf, type Pdq } from '@lodestone/pdq';
import { LOCKED_LIMITS } from '@lodestone/protocol/limits';
import { type ListRecord, printRelease } from '@lodestone/protocol/list-file';
import { VARIANTS } from '@lodestone/protocol/order';
import type { PlanList } from '@lodestone/protocol/sandbox';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Pixels } from '../src/decode/pixels.ts';
import { Lists } from '../src/scanner/lists.ts';
import { lookAtPicture } from '../src/scanner/look-at-picture.ts';
import { matchExact, matchNear, type ListLookup, type PictureHashes } from '../src/scanner/match.ts';
import { lockedRelease } from './locked-release.ts';
import { drawPicture } from './picture.ts';
import { parts } from './source-parts.ts';

const pdq = await loadPdq();
const PLAIN = 'a'.repeat(64) as AnyDigest;
const LOCKED = 'b'.repeat(64) as AnyDigest;
const TRIES = 8_192;
const LINE = { media: ['image'], maxDistance: 31, minQuality: 0, variants: [] } satisfies Partial<PlanList>;

/** Coefficients like those of a picture: few are near the median. */
function coefficientsOf(seed: number): Float32Array {
  let state = seed * 2_654_435_761 + 1;
  const next = (): number => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e3779b9) | 0;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 31 - 1;
  };
  return Float32Array.from({ length: 256 }, () => next() * Math.abs(next()));
}

function hashOf(coefficients: Float32Array): Uint8Array {
  const hash = new Uint8Array(32);
  marginsOf(coefficients).forEach((margin, bit) => {
    if (margin > 0) hash[31 - (bit >> 3)] = (hash[31 - (bit >> 3)] as number) | (1 << (bit & 7));
  });
  return hash;
}

/** A copy in which as many bits above the median as below have changed, among the least reliable. */
function edited(coefficients: Float32Array, pairs: number): Float32Array {
  const margins = marginsOf(coefficients);
  const median = (coefficients[0] as number) - (margins[0] as number);
  const weakest = [...margins.keys()].sort((a, b) => Math.abs(margins[a] as number) - Math.abs(margins[b] as number));
  const above = weakest.filter((bit) => (margins[bit] as number) > 0).slice(0, pairs);
  // The lowest 0 is the median itself.
  const below = weakest.filter((bit) => (margins[bit] as number) < 0).slice(0, pairs);
  const copy = coefficients.slice();
  for (const bit of [...above, ...below]) copy[bit] = median - (margins[bit] as number);
  return copy;
}

function pictureOf(coefficients: Float32Array): PictureHashes {
  return { quality: 100, own: hashOf(coefficients), others: [], shown: 'original', coefficients, variants: [] };
}

const lists = new Lists(pdq);
function lookups(...lines: Partial<PlanList>[]): ListLookup[] {
  const plan = lines.map((line): PlanList => ({ ...LINE, fileDigest: PLAIN, ...line }));
  return lists.lookupsFor({ lists: plan }, 'image') ?? [];
}
const locked = (): ListLookup[] => lookups({ fileDigest: LOCKED, form: 'locked' });

async function load(records: readonly ListRecord[], suppressed: readonly number[] = []): Promise<void> {
  const removed = Uint32Array.from(suppressed);
  lists.load({ fileDigest: PLAIN, file: printRelease(records).buffer, suppressed: removed });
  const file = await lockedRelease(records, { tries: TRIES });
  lists.load({ fileDigest: LOCKED, file: file.buffer, suppressed: removed });
  await lists.openLocked(parts);
}

const LISTED = Array.from({ length: 40 }, (_, i) => coefficientsOf(i));
const RECORDS = LISTED.map((one, i): ListRecord => ({ type: 'pdq', entry: i + 1, payload: hashOf(one) }));
beforeAll(() => load(RECORDS));

test('plain and locked agree on entry and distance', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(59), fc.integer({ min: 0, max: 2 }), async (seed, pairs) => {
      const picture = pictureOf(edited(coefficientsOf(seed), pairs));
      const [plain, found] = [await matchNear(lookups({}), [picture]), await matchNear(locked(), [picture])];
      expect(found).toEqual(plain);
      expect(plain).toHaveLength(seed < LISTED.length ? 1 : 0);
    }),
    { numRuns: 60 },
  );
});

test('each orientation is tried with the margins of its own', async () => {
  const data = Uint8Array.from({ length: 96 * 80 * 4 }, (_, i) => (i % 4 === 3 ? 255 : (i * i * 31) >> 7));
  const { hashes, ...rest } = pdq.hashOrientations({ width: 96, height: 80, data }, { coefficients: true });
  const { original: own, ...turned } = hashes;
  const all = { fileDigest: LOCKED, form: 'locked', variants: ['orientations'] } as const;
  for (const hash of Object.values(turned)) {
    await load([{ type: 'pdq', entry: 7, payload: hash }]);
    const picture: PictureHashes = { ...rest, own, others: Object.values(turned), shown: 'original', variants: [] };
    expect(await matchNear(lookups({ ...all, variants: [...all.variants] }), [picture])).toMatchObject([
      { entry: 7, distance: 0 },
    ]);
  }
  await load(RECORDS);
});

test('a suppressed entry never matches', async () => {
  await load(RECORDS, [3]);
  expect(await matchNear(locked(), [pictureOf(LISTED[2] as Float32Array)])).toEqual([]);
  expect(await matchNear(locked(), [pictureOf(LISTED[3] as Float32Array)])).toMatchObject([{ entry: 4 }]);
  await load(RECORDS);
});

test('SHA-256 rows of a locked list are looked up without the part', async () => {
  const closed = new Lists(pdq);
  const file = await lockedRelease([...RECORDS, { type: 'sha256', entry: 9, payload: new Uint8Array(32).fill(5) }]);
  closed.load({ fileDigest: LOCKED, file: file.buffer, suppressed: new Uint32Array() });
  await closed.openLocked({ run: async () => undefined });
  const found = closed.lookupsFor({ lists: [{ ...LINE, fileDigest: LOCKED, form: 'locked' }] }, 'image') ?? [];
  expect(matchExact(found, new Uint8Array(32).fill(5))).toMatchObject([{ entry: 9 }]);
  expect(found[0]?.locked?.fault).toBe('codec');
  // The part started since.
  await closed.openLocked(parts);
  const open = closed.lookupsFor({ lists: [{ ...LINE, fileDigest: LOCKED, form: 'locked' }] }, 'image') ?? [];
  expect(await matchNear(open, [pictureOf(LISTED[0] as Float32Array)])).toMatchObject([{ entry: 1 }]);
  expect(open[0]?.locked?.fault).toBeUndefined();
});

describe('bounds', () => {
  test('many pictures of one item get fewer tries each, and the item is incomplete before one gets none', async () => {
    const [line] = locked();
    const search = async (coefficients: Float32Array): Promise<number> =>
      (await matchNear(line ? [line] : [], [pictureOf(coefficients)])).length;
    let searched = 0;
    while (line?.locked?.fault === undefined && searched < 5_000) {
      const found = await search(LISTED[0] as Float32Array);
      if (line?.locked?.fault === undefined) expect(found).toBe(1);
      await search(coefficientsOf(1_000 + searched++));
    }
    expect(searched).toBeGreaterThan(LOCKED_LIMITS.itemTries / (TRIES * 0.4) / 2);
    expect(line?.locked?.fault).toBe('too-long');
  });

  test('a list that has used up its tries takes none of another list', async () => {
    const [spent, other] = lookups(
      { fileDigest: LOCKED, form: 'locked' },
      { fileDigest: LOCKED, form: 'locked', maxDistance: 25 },
    ) as [ListLookup, ListLookup];
    const listed = pictureOf(LISTED[0] as Float32Array);
    // Each picture uses 1/32 of what is left, and at least 256 tries.
    const many = Array.from({ length: 1_200 }, (_, i) => pictureOf(coefficientsOf(1_000 + (i % 50))));
    expect(await matchNear([spent], many)).toEqual([]);
    expect(spent.locked?.fault).toBe('too-long');
    expect(await matchNear([spent, other], [listed])).toMatchObject([{ list: 1, entry: 1, distance: 0 }]);
    expect(other.locked?.fault).toBeUndefined();
  });

  test('a bound that is reached is a fault, and findings before it stand', async () => {
    const [line] = lookups(...Array.from({ length: 32 }, () => ({ fileDigest: LOCKED, form: 'locked' as const })));
    const others = Array.from({ length: 2_100 }, (_, i) => pictureOf(coefficientsOf(1_000 + i)));
    const found = await matchNear(line ? [line] : [], [pictureOf(LISTED[0] as Float32Array), ...others]);
    expect(found).toMatchObject([{ entry: 1, distance: 0 }]);
    expect(line?.locked?.fault).toBe('too-long');
  });
});

test('a list with parameters out of their bounds is not opened, and the part goes on with others', async () => {
  const file = await lockedRelease(RECORDS.slice(0, 2));
  new DataView(file.buffer).setUint32(32 + 8, 0xffffffff, true); // the memory of a slow step
  const hostile = new Lists(pdq);
  hostile.load({ fileDigest: LOCKED, file: file.buffer, suppressed: new Uint32Array() });
  await hostile.openLocked(parts);
  const found = hostile.lookupsFor({ lists: [{ ...LINE, fileDigest: LOCKED, form: 'locked' }] }, 'image') ?? [];
  expect(found[0]?.locked?.fault).toBe('codec');
  expect(await matchNear(found, [pictureOf(LISTED[0] as Float32Array)])).toEqual([]);
  await load(RECORDS);
  expect(await matchNear(locked(), [pictureOf(LISTED[0] as Float32Array)])).toHaveLength(1);
});

test('the coefficients of a picture, on each background and of each variant, are zeros after it was looked at', async () => {
  const { width, height, data } = drawPicture(160, 120);
  const pixels = (): Pixels => ({ width, height, data: new Uint8ClampedArray(data) });
  await load([{ type: 'pdq', entry: 7, payload: pdq.hash({ width, height, data }).hash }]);
  const seen: Float32Array[] = [];
  const keep = <Result extends { readonly coefficients?: Float32Array }>(result: Result): Result => {
    if (result.coefficients) seen.push(result.coefficients);
    return result;
  };
  const kept: Pdq = {
    ...pdq,
    hash: (...of) => keep(pdq.hash(...of)),
    hashOrientations: (...of) => keep(pdq.hashOrientations(...of)),
  };
  const looks = { pixels: pixels(), onBlack: pixels(), full: { width, height }, isWhole: true };
  const decoder = { needsBitmap: false, decode: async () => looks, decodeAtFullSize: async () => undefined };
  const tools = { pdq: kept, decoder, decodeLaterFrames: async () => undefined, parts };
  const still = { bytes: new Uint8Array(), type: 'image/png', bitmap: undefined } as const;
  const line: Partial<PlanList> = { fileDigest: LOCKED, form: 'locked', variants: [...VARIANTS] };
  const { near, fault } = await lookAtPicture(tools, still, lookups(line), []);
  expect(fault).toBeUndefined();
  expect(near).toContainEqual({ kind: 'known', list: 0, entry: 7, match: 'part', distance: 0 });
  expect(seen.length).toBeGreaterThan(80); // 43 hashes on each background
  expect(seen.every((coefficients) => coefficients.every((one) => one === 0))).toBe(true);
  await load(RECORDS);
});
