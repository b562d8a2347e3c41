import { parseRelease, printRelease, type ListRecord } from '@lodestone/protocol/list-file';
import { LOCKED_PARAMETERS } from '@lodestone/testkit/locked-parameters';
import { expect, test } from 'vitest';
import * as fc from 'fast-check';
import { createLocker, flipCosts, loadArgon2id, loadBlake3, LockedBudget, LockedIndex } from '../src/index.ts';
import { edited, marginsFrom, hashOf } from './margins.ts';

const tools = { blake3: await loadBlake3(), slowHash: await loadArgon2id() };
const parameters = { ...LOCKED_PARAMETERS, slots: 2, tries: 2_048 };
const locker = createLocker(tools, parameters, new Uint8Array(32).fill(9));

async function indexOf(hashes: readonly Uint8Array[]): Promise<LockedIndex> {
  const records: ListRecord[] = [];
  for (const [i, hash] of hashes.entries())
    records.push({ type: 'locked', entry: i + 1, payload: await locker.lock(hash, locker.orderOf(hash).slice(0, 2)) });
  const { locked } = parseRelease(printRelease(records, parameters));
  if (!locked) throw new Error('the release has no locked rows');
  return new LockedIndex(tools, locked);
}

test('an edited copy whose flipped bits are unreliable opens the row, at the exact distance', async () => {
  const listed = Array.from({ length: 20 }, (_, i) => marginsFrom(i));
  const index = await indexOf(listed.map(hashOf));
  await fc.assert(
    fc.asyncProperty(fc.nat(19), fc.integer({ min: 0, max: 5 }), async (picture, flips) => {
      const margins = edited(listed[picture] as Float32Array, flips);
      const query = { hash: hashOf(margins), costs: flipCosts(margins), share: 1 };
      const { matches, voidRows } = await index.queryBatch([query], 31, new LockedBudget());
      expect(matches.flat().map(({ distance }) => distance)).toEqual([flips]);
      expect(voidRows).toBe(0);
    }),
    { numRuns: 20 },
  );
});

test('another picture opens nothing, and nothing is unlocked without a tag', async () => {
  const index = await indexOf(Array.from({ length: 20 }, (_, i) => hashOf(marginsFrom(i))));
  for (let i = 100; i < 110; i++) {
    const margins = marginsFrom(i);
    const { matches, slowSteps } = await index.queryBatch(
      [{ hash: hashOf(margins), costs: flipCosts(margins), share: 1 }],
      31,
      new LockedBudget(),
    );
    expect(matches).toEqual([[]]);
    expect(slowSteps).toBe(0);
  }
});
