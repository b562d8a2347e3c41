/** Rows of one import are compared with each other, in any orientation, in a time that does not grow with each row. */
import { distance } from '@lodestone/pdq';
import type { Name } from '@lodestone/protocol/name';
import { expect, test } from 'vitest';
import { NearHashes } from '../src/import/near-hashes.ts';
import { orientationsOf } from '../src/import/orientations.ts';
import { anyRow, copyOf } from './support/locked.ts';

const LIST = 'demo' as Name;
const named = (seed: number) => ({ hash: anyRow(`frame ${seed}`), list: LIST, entry: seed + 1 });

test('each added hash is found, before and after it is put into an index, in any orientation and up to 31 bits', async () => {
  const hashes = await NearHashes.of([named(0)]);
  for (let i = 1; i <= 2_600; i++) {
    hashes.add(named(i));
    if (i % 500 !== 0 && i < 2_590) continue;
    for (const seed of [0, 1, i >> 1, i]) {
      const { hash, entry } = named(seed);
      for (const [n, turned] of orientationsOf(copyOf(hash, seed % 32)).entries()) {
        const [near] = hashes.near(turned);
        expect(near, `${seed} of ${i}, orientation ${n}`).toMatchObject({ entry, distance: seed % 32 });
      }
      expect([...hashes.near(copyOf(hash, 32))].filter(({ entry: one }) => one === entry)).toEqual([]);
      expect(distance(copyOf(hash, 32), hash)).toBe(32);
    }
  }
});

test('20,000 frames of one import cost a picture milliseconds, not a second', async () => {
  const hashes = await NearHashes.of([]);
  for (let i = 0; i < 20_000; i++) hashes.add(named(i));
  const started = performance.now();
  for (let i = 0; i < 20; i++) expect([...hashes.near(anyRow(`picture ${i}`))]).toEqual([]);
  expect(performance.now() - started).toBeLessThan(3_000);
});
