/**
 * The linear index. A block has 128 rows. Their first 96 bits are stored in bit planes: each bit has one vector
 * with that bit of all rows. Carry-save adders count the differences of 128 rows in parallel. One random row in 2,800 is
 * then still within distance 31; only for such rows are the other 160 bits compared, which are stored unchanged. The two
 * parts are stored separately, so a search reads 12 bytes per row sequentially.
 */
import {
  MAX_QUERIES,
  ROWS_IN,
  answer,
  clearAnswers,
  hasRoomFor,
  isOff,
  openAnswers,
  queryAt,
  rowCount,
} from './answers';
import { LANE_BYTES } from './lanes';
import { reserve } from './layout';

/** Front: a row's first bytes, in planes. Back: its other bytes. */
export const FRONT: usize = 12;
export const BACK: usize = 20;
const FRONT_BYTES: usize = FRONT * 8 * 16;
const BACK_BYTES: usize = BACK * 128;

/** For each query of a batch: 96 vectors, all ones if its bit is 1, else zero. */
let masks: usize = 0;
/** The difference counts of the current block, by binary digit: 1, 2, 4, 8, 16, 32. */
let counts: usize = 0;
/** Tables of `lanes.ts`. */
let tables: usize = 0;
let fronts: usize = 0;
let backs: usize = 0;

export function openPlanes(rows: i32): void {
  masks = openAnswers(rows);
  counts = masks + FRONT_BYTES * MAX_QUERIES;
  tables = (counts + 6 * 16 + 63) & ~63;
  fronts = tables + LANE_BYTES;
  backs = fronts + <usize>planeBlocks() * FRONT_BYTES;
  reserve(backs + <usize>planeBlocks() * BACK_BYTES);
}

export function laneTables(): usize {
  return tables;
}

export function planeBlocks(): i32 {
  return (rowCount + 127) >> 7;
}

/** Stores `count` rows from ROWS_IN. `first`, a multiple of 128, is their row number. */
export function layPlanes(first: i32, count: i32): void {
  memory.fill(ROWS_IN + (<usize>count << 5), 0, <usize>(-count & 127) << 5);
  for (let r = 0; r < count; r += 128) {
    const rows = ROWS_IN + (<usize>r << 5);
    const block = <usize>((first + r) >> 7);
    layFront(rows, fronts + block * FRONT_BYTES);
    layBack(rows, backOf(<i32>block));
  }
}

/** The address of the last 20 bytes of each row of a block. */
export function backOf(block: i32): usize {
  return backs + <usize>block * BACK_BYTES;
}

function layBack(rows: usize, back: usize): void {
  for (let end = back + BACK_BYTES; back < end; back += BACK) {
    memory.copy(back, rows + FRONT, BACK);
    rows += 32;
  }
}

/** Converts the first bytes of 128 rows to planes: takes the highest bit of one byte of 16 rows, then the next bit. */
function layFront(rows: usize, planes: usize): void {
  for (let byte: usize = 0; byte < FRONT; byte++) {
    for (let group: usize = 0; group < 8; group++) {
      const p = rows + (group << 9) + byte;
      let bytes = i8x16.splat(0);
      bytes = v128.load_lane<u8>(p, bytes, 0);
      bytes = v128.load_lane<u8>(p, bytes, 1, 32);
      bytes = v128.load_lane<u8>(p, bytes, 2, 64);
      bytes = v128.load_lane<u8>(p, bytes, 3, 96);
      bytes = v128.load_lane<u8>(p, bytes, 4, 128);
      bytes = v128.load_lane<u8>(p, bytes, 5, 160);
      bytes = v128.load_lane<u8>(p, bytes, 6, 192);
      bytes = v128.load_lane<u8>(p, bytes, 7, 224);
      bytes = v128.load_lane<u8>(p, bytes, 8, 256);
      bytes = v128.load_lane<u8>(p, bytes, 9, 288);
      bytes = v128.load_lane<u8>(p, bytes, 10, 320);
      bytes = v128.load_lane<u8>(p, bytes, 11, 352);
      bytes = v128.load_lane<u8>(p, bytes, 12, 384);
      bytes = v128.load_lane<u8>(p, bytes, 13, 416);
      bytes = v128.load_lane<u8>(p, bytes, 14, 448);
      bytes = v128.load_lane<u8>(p, bytes, 15, 480);
      for (let plane = planes + (group << 1); plane < planes + 128; plane += 16) {
        store<u16>(plane, <u16>i8x16.bitmask(bytes));
        bytes = i8x16.add(bytes, bytes);
      }
    }
    planes += 128;
  }
}

/** Prepares a batch of `count` queries from QUERIES. */
export function preparePlanes(count: i32): void {
  for (let query: i32 = 0; query < count; query++) {
    for (let bit: usize = 0; bit < FRONT << 3; bit++) {
      const byte = load<u8>(queryAt(query) + (bit >> 3));
      const mask = masks + <usize>query * FRONT_BYTES + (bit << 4);
      v128.store(mask, i8x16.splat(-(<i8>((byte >> <u8>(7 - (bit & 7))) & 1))));
    }
  }
}

/**
 * Compares blocks from..to with one query; returns the first block not processed because the result buffer is full.
 * Counts start at an offset that moves the limit to 31 or 63, so that one bit of the count tests the limit.
 */
export function scanPlanes(query: i32, maxDistance: i32, from: i32, to: i32): i32 {
  clearAnswers();
  const start = (maxDistance > 31 ? 63 : 31) - maxDistance;
  const limitIs31 = i8x16.splat(maxDistance > 31 ? 0 : -1);
  const queryBack = queryAt(query) + FRONT;
  for (let block = from; block < to; block++) {
    let ones = bitOf(start, 0);
    let twos = bitOf(start, 1);
    let fours = bitOf(start, 2);
    let eights = bitOf(start, 3);
    let count16 = bitOf(start, 4);
    let count32 = i8x16.splat(0);
    let isOver = i8x16.splat(0);
    let p = fronts + <usize>block * FRONT_BYTES;
    let q = masks + <usize>query * FRONT_BYTES;
    for (const end = p + FRONT_BYTES; p < end; ) {
      let a = difference(p, q);
      let b = difference(p + 16, q + 16);
      let twosA = carry(ones, a, b);
      ones = parity(ones, a, b);
      a = difference(p + 32, q + 32);
      b = difference(p + 48, q + 48);
      let twosB = carry(ones, a, b);
      ones = parity(ones, a, b);
      let foursA = carry(twos, twosA, twosB);
      twos = parity(twos, twosA, twosB);

      a = difference(p + 64, q + 64);
      b = difference(p + 80, q + 80);
      twosA = carry(ones, a, b);
      ones = parity(ones, a, b);
      a = difference(p + 96, q + 96);
      b = difference(p + 112, q + 112);
      twosB = carry(ones, a, b);
      ones = parity(ones, a, b);
      let foursB = carry(twos, twosA, twosB);
      twos = parity(twos, twosA, twosB);
      const eightsA = carry(fours, foursA, foursB);
      fours = parity(fours, foursA, foursB);

      a = difference(p + 128, q + 128);
      b = difference(p + 144, q + 144);
      twosA = carry(ones, a, b);
      ones = parity(ones, a, b);
      a = difference(p + 160, q + 160);
      b = difference(p + 176, q + 176);
      twosB = carry(ones, a, b);
      ones = parity(ones, a, b);
      foursA = carry(twos, twosA, twosB);
      twos = parity(twos, twosA, twosB);

      a = difference(p + 192, q + 192);
      b = difference(p + 208, q + 208);
      twosA = carry(ones, a, b);
      ones = parity(ones, a, b);
      a = difference(p + 224, q + 224);
      b = difference(p + 240, q + 240);
      twosB = carry(ones, a, b);
      ones = parity(ones, a, b);
      foursB = carry(twos, twosA, twosB);
      twos = parity(twos, twosA, twosB);
      const eightsB = carry(fours, foursA, foursB);
      fours = parity(fours, foursA, foursB);

      const sixteens = carry(eights, eightsA, eightsB);
      eights = parity(eights, eightsA, eightsB);
      const more32 = v128.and(count16, sixteens);
      count16 = v128.xor(count16, sixteens);
      isOver = v128.or(isOver, v128.and(count32, more32));
      count32 = v128.xor(count32, more32);

      p += 256;
      q += 256;
    }
    const left = v128.not(v128.or(isOver, v128.and(count32, limitIs31)));
    if (!v128.any_true(left)) continue;
    v128.store(counts, ones);
    v128.store(counts, twos, 16);
    v128.store(counts, fours, 32);
    v128.store(counts, eights, 48);
    v128.store(counts, count16, 64);
    v128.store(counts, count32, 80);
    const back = backOf(block);
    answerRows(block << 7, 0, i64x2.extract_lane(left, 0), start, back, queryBack, maxDistance);
    answerRows(block << 7, 64, i64x2.extract_lane(left, 1), start, back, queryBack, maxDistance);
    if (!hasRoomFor(128)) return block + 1;
  }
  return to;
}

function bitOf(value: i32, bit: i32): v128 {
  return i8x16.splat(<i8>-((value >> bit) & 1));
}

function difference(p: usize, q: usize): v128 {
  return v128.xor(v128.load(p), v128.load(q));
}

function parity(a: v128, b: v128, c: v128): v128 {
  return v128.xor(v128.xor(a, b), c);
}

function carry(a: v128, b: v128, c: v128): v128 {
  return v128.or(v128.and(a, b), v128.and(v128.xor(a, b), c));
}

/** Compares the back of those of 64 rows whose bit is set, which are within the distance in the front. */
function answerRows(
  block: i32,
  first: i32,
  left: u64,
  start: i32,
  back: usize,
  queryBack: usize,
  maxDistance: i32,
): void {
  for (; left != 0; left &= left - 1) {
    const i = first + <i32>ctz(left);
    const behind = backDistance(back + <usize>i * BACK, queryBack);
    if (behind > maxDistance) continue;
    const distance = behind + countOf(i) - start;
    const row = block + i;
    if (distance <= maxDistance && row < rowCount && !isOff(row)) answer(row, distance);
  }
}

function backDistance(p: usize, q: usize): i32 {
  return <i32>(
    (popcnt(load<u64>(p) ^ load<u64>(q)) +
      popcnt(load<u64>(p, 8) ^ load<u64>(q, 8)) +
      <u64>popcnt(load<u32>(p, 16) ^ load<u32>(q, 16)))
  );
}

/** Reads one row's count. */
function countOf(i: i32): i32 {
  const byte = counts + (<usize>i >> 3);
  let count = 0;
  for (let k: i32 = 0; k < 6; k++) count |= ((load<u8>(byte + (<usize>k << 4)) >> (i & 7)) & 1) << k;
  return count;
}
