/**
 * Shared by both kinds of index: queries, results, and disabled rows. Memory of an index: the fixed part below, then the
 * layout of its kind. Spec: docs/design/hashing.md#index
 */
import { reserve } from './layout';

/** Queries of one batch: 32 bytes each. */
export const QUERIES: usize = 1024;
export const MAX_QUERIES: i32 = 64;

/** Results: row and distance, u32 each. The host fetches them before the buffer could overflow. */
export const ANSWERS: usize = QUERIES + 64 * 32;
export const MAX_ANSWERS: i32 = 4096;

/** Input rows, up to 2,048 at a time. */
export const ROWS_IN: usize = ANSWERS + 4096 * 8;

/** One bit per row: 1 if the row is disabled. */
export const SUPPRESSED: usize = ROWS_IN + 2048 * 32;

export let rowCount: i32 = 0;
let count: i32 = 0;

/** Reserves the bits of `rows` rows; returns the address after them, where the kind's own layout begins. */
export function openAnswers(rows: i32): usize {
  rowCount = rows;
  const end = (SUPPRESSED + (<usize>rows >> 3) + 64) & ~63;
  reserve(end);
  return end;
}

export function queryAt(number: i32): usize {
  return QUERIES + (<usize>number << 5);
}

export function clearAnswers(): void {
  count = 0;
}

export function hasRoomFor(more: i32): boolean {
  return count + more <= MAX_ANSWERS;
}

export function isOff(row: i32): boolean {
  return ((load<u8>(SUPPRESSED + (<usize>row >> 3)) >> (row & 7)) & 1) != 0;
}

export function answer(row: i32, distance: i32): void {
  const p = ANSWERS + ((<usize>count) << 3);
  store<u32>(p, row);
  store<u32>(p, distance, 4);
  count++;
}

export function queries(): usize {
  return QUERIES;
}

export function answers(): usize {
  return ANSWERS;
}

export function rowsIn(): usize {
  return ROWS_IN;
}

export function suppressed(): usize {
  return SUPPRESSED;
}

export function answerCount(): i32 {
  return count;
}
