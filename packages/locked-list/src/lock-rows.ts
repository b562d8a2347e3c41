/**
 * Locks many rows, several at once: almost all of the time is the slow hash, which runs in other threads where there are any.
 * Flow: an authority's rows, or an auditor's escrow → here → records of a release. Spec: docs/detection/locked-lists.md#format
 */
import type { Locker } from './lock.ts';

/** A row to lock: its PDQ hash, and the numbers of its subsets in the order of its slots. */
export interface RowToLock {
  readonly pdq: Uint8Array;
  readonly slots: readonly number[];
}

/**
 * The bytes of each row, in the order of the rows.
 * @param atOnce rows that are locked at the same time
 * @param onLocked is called after each row with how many are done
 */
export async function lockRows(
  locker: Locker,
  rows: readonly RowToLock[],
  { atOnce, onLocked = () => {} }: { readonly atOnce: number; readonly onLocked?: (done: number) => void },
): Promise<Uint8Array[]> {
  const locked: Uint8Array[] = [];
  let [next, done] = [0, 0];
  const work = async (): Promise<void> => {
    for (let i = next++; i < rows.length; i = next++) {
      const { pdq, slots } = rows[i] as RowToLock;
      locked[i] = await locker.lock(pdq, slots);
      onLocked(++done);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, rows.length) }, work));
  return locked;
}
