/**
 * The part for locked lists, a module in the scanner's worker: opens a list whose PDQ rows are locked. Flow: scanner/lists → here → search.
 * Promise: a list whose parameters are out of their bounds, or that does not fit into memory, is not opened. Spec: docs/design/sandbox.md#locked-lists
 */
import { type Blake3, loadArgon2id, loadBlake3, LockedIndex, type SlowHash } from '@lodestone/locked-list';
import type { LockedRows } from '@lodestone/protocol/locked-rows';
import type { PartMethods } from '../part.ts';
import type { LockedList } from './input.ts';
import { lockedList } from './search.ts';

let hashes: { readonly blake3: Blake3; readonly slowHash: SlowHash } | undefined;

const methods: PartMethods<never, LockedRows> = {
  async start() {
    hashes = { blake3: await loadBlake3(), slowHash: await loadArgon2id() };
  },
  load() {},
  /** @returns null for a list that it cannot open; the part goes on with others */
  run(_, rows): LockedList | null {
    if (!hashes) return null;
    try {
      return lockedList(new LockedIndex(hashes, rows));
    } catch {
      return null;
    }
  },
};
export default methods;
