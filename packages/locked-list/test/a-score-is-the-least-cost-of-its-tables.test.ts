import { createHash } from 'node:crypto';
import type { LodestoneError } from '@lodestone/protocol/error';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadBlake3, subsetsOf } from '../src/index.ts';
import { costsBy } from '../src/score/cost.ts';
import { linesOfIndependent, log2GuessesOf, SLOPES } from '../src/score/guesses.ts';
import { log2GuessesFor, minimalScore, scoreOf, strengthOf, tablesDigest } from '../src/score/index.ts';
import { base64, digest } from '../src/score/tables.generated.ts';
import { type QuantizedTables, readTables, writeTables } from '../src/score/tables.ts';

/** Two subsets of 4 bits, within 6. Bits 0, 2 and 32 have the same parity; 17 and 19 have two even frequencies. */
const ORDERS = [Uint8Array.of(0, 2, 17, 32, 19, 1), Uint8Array.of(17, 19, 51, 1, 3, 0)];
/** Places in the order from which each bit is predicted, and whether it has a bias. */
const FROM = [
  [[], [0], ['bias'], [0, 1], [2, 'bias'], []],
  [['bias'], [0, 'bias'], [0, 1, 'bias'], [], [3], []],
] as const;

const tables = fc
  .record({
    couplings: fc.array(fc.array(fc.integer({ min: -127, max: 127 }), { minLength: 12, maxLength: 12 }), {
      minLength: 2,
      maxLength: 2,
    }),
    classes: fc.array(fc.array(fc.integer({ min: -127, max: 127 }), { minLength: 256, maxLength: 256 }), {
      minLength: 1,
      maxLength: 3,
    }),
  })
  .map(({ couplings, classes }): QuantizedTables => ({
    innerBits: 4,
    couplingScale: 1 / 64,
    classScale: 1 / 32,
    orders: ORDERS,
    couplings: couplings.map((values, j) => Int8Array.from(values.slice(0, FROM[j]?.flat().length))),
    lines: ORDERS.map(() => new Float32Array(2 * SLOPES.length)),
    classes: classes.map((values) => Int8Array.from(values)),
  }));

const isOne = (row: Uint8Array, bit: number): boolean => (((row[31 - (bit >> 3)] as number) >> (bit & 7)) & 1) === 1;
const probability = (logOdds: number, one: boolean): number => 1 / (1 + Math.exp(one ? -logOdds : logOdds));

/** The definition, as a product of probabilities. */
function oracle(of: QuantizedTables, row: Uint8Array, j: number, bits: number): number[] {
  const order = of.orders[j] as Uint8Array;
  const values = [...(of.couplings[j] as Int8Array)];
  let photograph = 1;
  for (const [n, bit] of [...order].entries()) {
    let logOdds = 0;
    for (const from of FROM[j]?.[n] ?? []) {
      const value = (values.shift() as number) * of.couplingScale;
      logOdds += from === 'bias' ? value : value * (isOne(row, order[from] as number) ? 1 : -1);
    }
    if (n < bits) photograph *= probability(logOdds, isOne(row, bit));
  }
  const classes = of.classes.map((means) =>
    [...order.subarray(0, bits)].reduce(
      (product, bit) => product * probability((means[bit] as number) * of.classScale, isOne(row, bit)),
      1,
    ),
  );
  return [photograph, ...classes];
}

const rowOf = (bits: readonly number[]): Uint8Array => {
  const row = new Uint8Array(32);
  for (const bit of bits) row[31 - (bit >> 3)] = (row[31 - (bit >> 3)] as number) | (1 << (bit & 7));
  return row;
};

describe('a cost', () => {
  it('is -log2 of the probability that the definition gives', () => {
    fc.assert(
      fc.property(
        tables,
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.nat(1),
        fc.constantFrom(4, 6),
        (written, row, j, bits) => {
          const costs = costsBy(readTables(writeTables(written)))(row, j, bits);
          const expected = oracle(written, row, j, bits);
          expect(costs).toHaveLength(expected.length);
          for (const [n, cost] of costs.entries()) expect(2 ** -cost).toBeCloseTo(expected[n] as number, 10);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is of a distribution: the probabilities of all rows have the sum 1', () => {
    fc.assert(
      fc.property(tables, fc.nat(1), (written, j) => {
        const order = [...(ORDERS[j] as Uint8Array)];
        const costs = costsBy(readTables(writeTables(written)));
        const all = Array.from({ length: 2 ** 6 }, (_, which) =>
          costs(rowOf(order.filter((_, n) => (which >> n) & 1)), j, 6),
        );
        for (let model = 0; model < 1 + written.classes.length; model++)
          expect(all.reduce((sum, each) => sum + 2 ** -(each[model] as number), 0)).toBeCloseTo(1, 10);
      }),
      { numRuns: 20 },
    );
  });
});

describe('an estimate of guesses', () => {
  it('is the number of rows that cost no more, for a model whose rows can be counted', () => {
    const logOdds = Float64Array.from({ length: 16 }, (_, n) => 0.15 * (n + 1) * (n % 3 === 0 ? -1 : 1));
    const costs = Array.from({ length: 2 ** 16 }, (_, row) =>
      logOdds.reduce((sum, value, n) => sum - Math.log2(probability(value, ((row >> n) & 1) === 1)), 0),
    ).sort((a, b) => a - b);
    const lines = linesOfIndependent(logOdds);
    for (const count of [50, 200, 1_000, 5_000, 20_000])
      expect(Math.abs(log2GuessesOf(costs[count - 1] as number, lines) - Math.log2(count))).toBeLessThan(0.8);
  });

  it('of a list is that of its weakest entry', () => {
    expect(strengthOf([80, 74.5, 91])).toEqual({ entries: 3, first: 74.5, half: 80 });
    expect(() => strengthOf([])).toThrow(expect.objectContaining({ code: 'ERR_SIZE' }));
  });
});

describe('the committed tables', () => {
  it('have the digest that goes into locked files', () => {
    expect(tablesDigest).toBe(digest);
    expect(createHash('sha256').update(Buffer.from(base64, 'base64')).digest('hex')).toBe(digest);
  });

  it('have the subsets by which rows are locked', async () => {
    const blake3 = await loadBlake3();
    const { photographs } = readTables(Buffer.from(base64, 'base64'));
    for (const bits of [96, 112])
      expect(
        photographs.map(({ predictions }) =>
          predictions
            .slice(0, bits)
            .map(({ bit }) => bit)
            .sort((a, b) => a - b),
        ),
      ).toEqual(subsetsOf(blake3, { subsets: 16, bits }).map((subset) => [...subset]));
  });

  it('name what is wrong', () => {
    const row = new Uint8Array(32).fill(0x5a);
    const schema = expect.objectContaining({ code: 'ERR_SCHEMA' }) as LodestoneError;
    for (const of of [scoreOf, log2GuessesFor]) {
      expect(() => of(row.subarray(1), 0, 96)).toThrow(schema);
      expect(() => of(row, 16, 96)).toThrow(schema);
      expect(() => of(row, -1, 96)).toThrow(schema);
      expect(() => of(row, 0.5, 96)).toThrow(schema);
      expect(() => of(row, 0, 104 as 96)).toThrow(schema);
    }
    expect(() => minimalScore(97 as 96)).toThrow(schema);
    const bytes = Buffer.from(base64, 'base64');
    expect(() => readTables(bytes.subarray(0, -1))).toThrow(schema);
    expect(() => readTables(bytes.subarray(0, 5))).toThrow(schema);
    expect(() => readTables(Buffer.concat([bytes, Buffer.of(0)]))).toThrow(schema);
    expect(minimalScore(96)).toBe(90.5);
    expect(minimalScore(112)).toBeCloseTo(105.58, 2);
  });
});
