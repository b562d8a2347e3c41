/**
 * The layout of the scoring tables, which are one block of bytes: little-endian, without padding, so that one SHA-256 names all that a score
 * depends on. Weights and means are 8-bit log-odds times a scale. Spec: docs/detection/locked-scoring.md#score
 *
 * - `version` u8 = 1, `subsets` u8, `bits` u8 (of the larger subset), `innerBits` u8 (of the smaller), `classes` u16, two zero bytes,
 *   scale of couplings f32, scale of classes f32;
 * - for each subset: its bit numbers in the order in which they are predicted, u8 × `bits`. The first `innerBits` are the smaller subset;
 * - for each subset and each of its bits: i8 for each earlier bit of the same parity, in that order, then an i8 bias if both frequencies are even;
 * - for each subset, the lines of `guesses.ts`: f32 for each slope, of the smaller subset, then of the larger;
 * - for each class: i8 × 256, the log-odds of each bit of a hash.
 */
import { LodestoneError } from '@lodestone/protocol/error';
import { type GuessLines, SLOPES } from './guesses.ts';

export const HASH_BITS = 256;
const VERSION = 1;
const HEADER_BYTES = 16;

/** How one bit follows from those before it. */
export interface Prediction {
  readonly bit: number;
  /** Bit numbers, and the weight of each: positive if the two tend to be equal. */
  readonly from: Uint8Array;
  readonly weights: Float64Array;
  readonly bias: number;
}

/** One subset, as a model of photographs has it. */
export interface SubsetModel {
  /** In the order of prediction. */
  readonly predictions: readonly Prediction[];
  /** How many guesses come before a row, of the smaller and of the larger subset. */
  readonly lines: readonly [GuessLines, GuessLines];
}

export interface ScoringTables {
  /** Of the larger and of the smaller subset. */
  readonly bits: number;
  readonly innerBits: number;
  /** For each subset. */
  readonly photographs: readonly SubsetModel[];
  /** For each class, the log-odds of each bit of a hash. */
  readonly classes: readonly Float64Array[];
}

/**
 * A mirrored photograph is a photograph. Mirroring changes the sign of all coefficients with an odd frequency in one direction, so that only bits
 * whose frequencies are both even or odd alike depend on each other, and only those with two even frequencies have a mean of their own.
 */
export function parityOf(bit: number): number {
  return 2 * ((bit >> 4) & 1) + (bit & 1);
}
/** Bit 0 has the frequencies 1 and 1. */
export const BIASED_PARITY = 3;

/** @throws {LodestoneError} `ERR_SCHEMA` if the bytes are no scoring tables */
export function readTables(bytes: Uint8Array): ScoringTables {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_BYTES || view.getUint8(0) !== VERSION)
    throw new LodestoneError('ERR_SCHEMA', `scoring tables: not of version ${VERSION}`);
  const [subsets, bits, innerBits] = [view.getUint8(1), view.getUint8(2), view.getUint8(3)];
  const classes = view.getUint16(4, true);
  const [couplingScale, classScale] = [view.getFloat32(8, true), view.getFloat32(12, true)];
  const orders = Array.from({ length: subsets }, (_, j) =>
    bytes.subarray(HEADER_BYTES + j * bits, HEADER_BYTES + (j + 1) * bits),
  );
  let at = HEADER_BYTES + subsets * bits;
  const next = (): number => {
    if (at >= bytes.length) throw new LodestoneError('ERR_SCHEMA', `scoring tables: they end after ${at} bytes`);
    return view.getInt8(at++);
  };
  const predictions = orders.map((order) =>
    Array.from(order, (bit, n): Prediction => {
      const from = order.subarray(0, n).filter((earlier) => parityOf(earlier) === parityOf(bit));
      const weights = Float64Array.from(from, () => next() * couplingScale);
      return { bit, from, weights, bias: parityOf(bit) === BIASED_PARITY ? next() * couplingScale : 0 };
    }),
  );
  const nextLines = (): GuessLines => {
    if (at + 4 * SLOPES.length > bytes.length)
      throw new LodestoneError('ERR_SCHEMA', `scoring tables: they end after ${at} bytes`);
    return Float32Array.from(SLOPES, () => view.getFloat32((at += 4) - 4, true));
  };
  const photographs = predictions.map((each): SubsetModel => ({
    predictions: each,
    lines: [nextLines(), nextLines()],
  }));
  const means = Array.from({ length: classes }, () =>
    Float64Array.from({ length: HASH_BITS }, () => next() * classScale),
  );
  if (at !== bytes.length)
    throw new LodestoneError('ERR_SCHEMA', `scoring tables: ${bytes.length} bytes, ${at} were expected`);
  return { bits, innerBits, photographs, classes: means };
}

/** Whole steps of a scale, from -127 to 127. */
export interface QuantizedTables {
  readonly innerBits: number;
  readonly couplingScale: number;
  readonly classScale: number;
  readonly orders: readonly Uint8Array[];
  /** For each subset: in the order of the layout. */
  readonly couplings: readonly Int8Array[];
  /** For each subset: those of the smaller one, then those of the larger. */
  readonly lines: readonly GuessLines[];
  readonly classes: readonly Int8Array[];
}

export function writeTables(tables: QuantizedTables): Uint8Array {
  const { orders, couplings, classes, lines } = tables;
  const parts = [...orders, ...couplings, ...lines.map(littleEndian), ...classes];
  const bytes = new Uint8Array(HEADER_BYTES + parts.reduce((sum, { length }) => sum + length, 0));
  const view = new DataView(bytes.buffer);
  bytes.set([VERSION, orders.length, orders[0]?.length ?? 0, tables.innerBits]);
  view.setUint16(4, classes.length, true);
  view.setFloat32(8, tables.couplingScale, true);
  view.setFloat32(12, tables.classScale, true);
  let at = HEADER_BYTES;
  for (const part of parts) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.length), at);
    at += part.length;
  }
  return bytes;
}

function littleEndian(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  for (const [n, value] of values.entries()) view.setFloat32(4 * n, value, true);
  return bytes;
}
