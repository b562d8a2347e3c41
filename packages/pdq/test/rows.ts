/** Rows for the index's tests, and the results of a brute-force search. */
import type { Match } from '../src/index.ts';
import { randomBits } from './arbitrary.ts';

export type RowStyle = 'random' | 'sorted' | 'clustered' | 'alike' | 'zeros' | 'one band shared';

export function rowsOf(style: RowStyle, count: number, seed: number): Uint8Array<ArrayBuffer> {
  const random = randomBits(seed);
  const rows = new Uint8Array(count * 32);
  const noise = (start: number, end: number): void => {
    for (let i = start; i < end; i++) rows[i] = random() >>> 24;
  };
  switch (style) {
    case 'random':
      noise(0, rows.length);
      return rows;
    case 'sorted':
      return sort(rowsOf('random', count, seed));
    case 'clustered': {
      // Sixteen centres, and rows some bits away from one of them.
      noise(0, 16 * 32);
      for (let row = 16; row < count; row++) {
        const centre = (random() & 15) * 32;
        rows.copyWithin(row * 32, centre, centre + 32);
        flip(rows.subarray(row * 32, row * 32 + 32), random() % 40, random);
      }
      return rows;
    }
    case 'alike':
      noise(0, 32);
      for (let row = 1; row < count; row++) rows.copyWithin(row * 32, 0, 32);
      return rows;
    case 'zeros':
      return rows;
    case 'one band shared':
      for (let row = 0; row < count; row++) noise(row * 32 + 4, row * 32 + 32);
      return rows;
  }
}

/** A third each: random, near a row, and a row itself. */
export function queryFor(rows: Uint8Array, i: number, random: () => number): Uint8Array<ArrayBuffer> {
  const query = Uint8Array.from({ length: 32 }, () => random() >>> 24);
  if (i % 3 === 0 || rows.length === 0) return query;
  const row = random() % (rows.length / 32);
  query.set(rows.subarray(row * 32, row * 32 + 32));
  if (i % 3 === 1) flip(query, random() % 70, random);
  return query;
}

/** Every row's match, sorted as an index sorts. Those within d are the first of them. */
export function bruteForce(rows: Uint8Array, query: Uint8Array): Match[] {
  const words = new Uint32Array(rows.buffer, rows.byteOffset, rows.length / 4);
  const wanted = new Uint32Array(query.slice().buffer);
  const matches: Match[] = [];
  for (let row = 0; row < words.length / 8; row++) {
    let distance = 0;
    for (let k = 0; k < 8; k++) distance += ones((words[8 * row + k] as number) ^ (wanted[k] as number));
    if (distance < 64) matches.push({ row, distance });
  }
  return matches.sort((a, b) => a.distance - b.distance || a.row - b.row);
}

export function flip(hash: Uint8Array, bits: number, random: () => number): void {
  for (let k = 0; k < bits; k++) {
    const bit = random() & 255;
    hash[bit >> 3] = (hash[bit >> 3] as number) ^ (1 << (bit & 7));
  }
}

function ones(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

function sort(rows: Uint8Array): Uint8Array<ArrayBuffer> {
  const list = Array.from({ length: rows.length / 32 }, (_, i) => rows.slice(32 * i, 32 * i + 32));
  list.sort((a, b) => {
    const i = a.findIndex((byte, k) => byte !== b[k]);
    return i < 0 ? 0 : (a[i] as number) - (b[i] as number);
  });
  const sorted = new Uint8Array(rows.length);
  for (const [i, row] of list.entries()) sorted.set(row, 32 * i);
  return sorted;
}
