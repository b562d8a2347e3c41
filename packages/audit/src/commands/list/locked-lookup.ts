/**
 * Opens the rows of a locked list that given hashes fit, as a device does. Everything else in the list stays unreadable.
 * Flow: lookup.ts → here. Spec: docs/design/audit.md#list
 */
import { flipCosts, loadBlake3, LockedBudget, LockedIndex } from '@lodestone/locked-list';
import { nodeArgon2id } from '@lodestone/locked-list/node';
import type { LockedRows } from '@lodestone/protocol/locked-rows';
import { LARGEST_DISTANCE } from '@lodestone/protocol/order';

/** A hash to look up. */
export interface LockedSought {
  hash: Uint8Array;
  /** Of a picture's DCT coefficients. Without them every bit counts as equally reliable. */
  margins?: Float32Array | undefined;
}

export interface OpenedRow {
  /** Its place in the file, which is also that of its record. */
  row: number;
  distance: number;
}

export interface Opened {
  /** The rows that open and are near, the nearest first. */
  rows: readonly OpenedRow[];
  /** False if tags that other rows have in vain ended the search: such a list can hide rows from it. */
  isComplete: boolean;
}

export interface LockedLookup {
  open(sought: readonly LockedSought[]): Promise<Opened>;
}

/** Budgets of a content item on a device. With one of them, nine rows with the tags of a hash could hide its row from an auditor. */
export const PATIENCE = 64;
export const EQUAL_MARGINS: Float32Array = new Float32Array(256).fill(1);

export async function openLockedLookup(rows: LockedRows): Promise<LockedLookup> {
  const index = new LockedIndex({ blake3: await loadBlake3(), slowHash: nodeArgon2id }, rows);
  return {
    async open(sought) {
      const queries = sought.map(({ hash, margins = EQUAL_MARGINS }) => ({
        hash,
        costs: flipCosts(margins),
        share: 1,
      }));
      const { matches, isComplete } = await index.queryBatch(queries, LARGEST_DISTANCE, new LockedBudget(PATIENCE));
      const nearest = new Map<number, OpenedRow>();
      for (const match of matches.flat()) {
        if (match.distance < (nearest.get(match.row)?.distance ?? Infinity)) nearest.set(match.row, match);
      }
      const rows = [...nearest.values()].sort((a, b) => a.distance - b.distance || a.row - b.row);
      return { rows, isComplete };
    },
  };
}
