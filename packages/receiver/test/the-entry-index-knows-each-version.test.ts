/** The index of a list's entries answers like the lists themselves, in every version, however its file arrives. */
import { printRelease } from '@lodestone/protocol/list-file';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  addVersion,
  parseShard,
  printShard,
  ROW_BITS,
  rowKey,
  type RowType,
  type Shard,
  shardOf,
  typesOf,
} from '../src/sources/entry-index.ts';
import { EntryReader } from '../src/sources/entry-reader.ts';

const TYPES = Object.keys(ROW_BITS) as RowType[];
/** Few different entries, in few shards, so that versions share some. */
const entry = fc.constantFrom(1, 2, 0xff_ffff, 0x100_0000, 0x100_0001, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff);
const rows = fc.uniqueArray(fc.record({ type: fc.constantFrom(...TYPES), entry }), {
  selector: ({ type, entry: number }) => `${type} ${number}`,
});

interface Row {
  type: RowType;
  entry: number;
}

function merge(index: ReadonlyMap<number, Shard>, of: readonly Row[], version: number, oldest: number) {
  const grouped = Map.groupBy(of, ({ entry: number }) => shardOf(number));
  const shards = new Set([...index.keys(), ...grouped.keys()]);
  return new Map(
    [...shards].map((shard) => {
      const keys = Uint32Array.from((grouped.get(shard) ?? []).map((row) => rowKey(row.entry, row.type)));
      const after = addVersion(shard, index.get(shard), keys, { version, oldest });
      return [shard, parseShard(printShard(after))] as const;
    }),
  );
}

test('an entry has the row types of all versions from its first to its last, and none outside them', () => {
  fc.assert(
    fc.property(fc.array(rows, { minLength: 1, maxLength: 5 }), (versions) => {
      let index: ReadonlyMap<number, Shard> = new Map();
      versions.forEach((of, i) => {
        index = merge(index, of, i + 1, 1);
      });
      for (const number of [1, 2, 3, 0xff_ffff, 0x100_0000, 0x100_0001, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]) {
        const having = versions.flatMap((of, i) => (of.some((row) => row.entry === number) ? [i + 1] : []));
        const bits = versions
          .flat()
          .filter((row) => row.entry === number)
          .reduce((all, { type }) => all | ROW_BITS[type], 0);
        for (let version = 0; version <= versions.length + 1; version++) {
          const isIn = having.length > 0 && Math.min(...having) <= version && version <= Math.max(...having);
          expect(typesOf(index, number, version)).toBe(isIn ? bits : 0);
        }
      }
    }),
    { numRuns: 500 },
  );
});

test('an entry is removed when no version that is kept has it', () => {
  const of = (...entries: number[]): Row[] => entries.map((number) => ({ type: 'pdq', entry: number }));
  const first = merge(new Map(), of(1, 2), 1, 1);
  const second = merge(first, of(2), 2, 1);
  expect([typesOf(second, 1, 1), typesOf(second, 2, 1)]).toEqual([ROW_BITS.pdq, ROW_BITS.pdq]);
  const third = merge(second, of(2), 3, 2);
  expect([typesOf(third, 1, 1), typesOf(third, 2, 2)]).toEqual([0, ROW_BITS.pdq]);
  expect(third.get(0)?.entries.length).toBe(1);
});

test('the reader finds the same entries as the parser, whatever the pieces', () => {
  fc.assert(
    fc.property(rows, fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1 }), (of, sizes) => {
      const file = printRelease(
        of.map(({ type, entry: number }, i) => ({ type, entry: number, payload: new Uint8Array(32).fill(i + 1) })),
      );
      const reader = new EntryReader(file.length);
      for (let at = 0, i = 0; at < file.length; i++) {
        const size = sizes[i % sizes.length] ?? 1;
        reader.update(file.subarray(at, at + size));
        at += size;
      }
      const read = [...reader.rows()].flatMap(([shard, keys]) => [...keys].map((key) => `${shard} ${key}`));
      const wanted = of.map(({ type, entry: number }) => `${shardOf(number)} ${rowKey(number, type)}`);
      expect(read.sort()).toEqual(wanted.sort());
    }),
    { numRuns: 300 },
  );
});

test('a damaged shard is an error', () => {
  expect(() => parseShard(new Uint8Array(14))).toThrow(/damaged/);
});
