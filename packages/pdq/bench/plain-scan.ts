/** Baseline: compares every row in plain JavaScript, 32 bits at a time, and stops at rows that are too far. */
import type { Match } from '../src/index.ts';

export function plainScan(rows: Uint32Array, query: Uint32Array, maxDistance: number): Match[] {
  const matches: Match[] = [];
  for (let row = 0, p = 0; p < rows.length; row++, p += 8) {
    let distance = 0;
    for (let k = 0; k < 8 && distance <= maxDistance; k++) {
      let x = (rows[p + k] as number) ^ (query[k] as number);
      x -= (x >>> 1) & 0x55555555;
      x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
      distance += Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
    }
    if (distance <= maxDistance) matches.push({ row, distance });
  }
  return matches.sort((a, b) => a.distance - b.distance || a.row - b.row);
}
