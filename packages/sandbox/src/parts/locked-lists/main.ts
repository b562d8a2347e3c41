/**
 * The part for locked lists, a module in the scanner's worker: opens a list whose PDQ rows are locked. Flow: scanner/lists → here → search.
 * Promise: a list whose parameters are out of their bounds, or that does not fit into memory, is not opened. Spec: docs/design/sandbox.md#locked-lists
 */
import { argon2id, type Blake3, loadBlake3, LockedIndex } from '@lodestone/locked-list';
import type { LockedRows } from '@lodestone/protocol/locked-rows';
import type { PartMethods } from '../part.ts';
import type { LockedList } from './input.ts';
import { lockedList } from './search.ts';

let blake3: Blake3 | undefined;

const methods: PartMethods<never, LockedRows> = {
  async start() {
    blake3 = await loadBlake3();
  },
  load() {},
  /** @returns null for a list that it cannot open; the part goes on with others */
  run(_, rows): LockedList | null {
    if (!blake3) return null;
    try {
      return lockedList(new LockedIndex({ blake3, slowHash: argon2id }, rows));
    } catch {
      return null;
    }
  },
};
export default methods;
