/**
 * Vectors: a seed, a salt and rows give one file, with both slow hashes, and a hash opens its row. Whoever writes a locker in another
 * language compares with `vectors/locked-release.json`. Spec: docs/detection/locked-lists.md#format
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fromHex, toHex } from '@lodestone/protocol/bytes';
import { type ListRecord, parseRelease, printRelease } from '@lodestone/protocol/list-file';
import { expect, test } from 'vitest';
import { createLocker, flipCosts, loadArgon2id, loadBlake3, LockedIndex, lockRows, rankSubsets } from '../src/index.ts';
import { nodeArgon2id } from '../src/node.ts';
import { marginsFrom } from './margins.ts';

interface Vectors {
  seed: string;
  parameters: {
    bits: number;
    subsets: number;
    slots: number;
    tries: number;
    memoryKiB: number;
    salt: string;
    tablesDigest: string;
  };
  rows: { pdq: string; entry: number; order: number[]; slots: number[]; tags: number[]; payload: string }[];
  sha256: string;
  queries: { pdq: string; entry: number; distance: number }[];
}

const file = new URL('vectors/locked-release.json', import.meta.url);
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vectors;
const { salt, tablesDigest, ...numbers } = vectors.parameters;
const parameters = { ...numbers, salt: fromHex(salt), tablesDigest: fromHex(tablesDigest) };
const blake3 = await loadBlake3();
const argon2id = await loadArgon2id();

test.each([
  ['WebAssembly', argon2id],
  ['Node', nodeArgon2id],
])('the slow hash of %s gives the same file', async (_name, slowHash) => {
  const locker = createLocker({ blake3, slowHash }, parameters, fromHex(vectors.seed));
  const rows = vectors.rows.map(({ pdq, slots }) => ({ pdq: fromHex(pdq), slots }));
  expect(rows.map(({ pdq }) => locker.orderOf(pdq))).toEqual(vectors.rows.map(({ order }) => order));
  expect(rows.map(({ pdq, slots }) => slots.map((subset) => locker.tagOf(pdq, subset)))).toEqual(
    vectors.rows.map(({ tags }) => tags),
  );
  const payloads = await lockRows(locker, rows, { atOnce: 3 });
  expect(payloads.map(toHex)).toEqual(vectors.rows.map(({ payload }) => payload));
  const bytes = printRelease(recordsOf(payloads), parameters);
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(vectors.sha256);
});

test('each query finds its row at its distance', async () => {
  const { locked } = parseRelease(
    printRelease(recordsOf(vectors.rows.map(({ payload }) => fromHex(payload))), parameters),
  );
  const index = new LockedIndex({ blake3, slowHash: nodeArgon2id }, locked!);
  const costs = flipCosts(new Float32Array(256).fill(1));
  for (const { pdq, entry, distance } of vectors.queries) {
    const { matches } = await index.queryBatch([{ hash: fromHex(pdq), costs, share: 1 }], 31);
    expect(matches[0]?.map((match) => ({ entry: locked!.entries[match.row], distance: match.distance }))).toEqual([
      { entry, distance },
    ]);
  }
});

test('subsets are ranked by the sum of the costs of their bits', () => {
  const locker = createLocker({ blake3, slowHash: argon2id }, parameters, fromHex(vectors.seed));
  const margins = marginsFrom(5);
  for (const bit of locker.subsets[7]!) margins[bit] = 1_000;
  const ranking = rankSubsets(locker.subsets, flipCosts(margins));
  expect(ranking[0]).toBe(7);
  expect([...ranking].sort((a, b) => a - b)).toEqual(locker.subsets.map((_, j) => j));
});

function recordsOf(payloads: readonly Uint8Array[]): ListRecord[] {
  return payloads.map((payload, i) => ({ type: 'locked', entry: vectors.rows[i]!.entry, payload }));
}
