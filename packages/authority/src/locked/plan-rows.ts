/**
 * Decides what becomes of each row of a locked list: it stays as it was locked, is locked now, joins a copy, or is refused. Pure, except for
 * the index of copies. Flow: record → here → lock-list. Spec: docs/design/authority.md#locked-lists
 */
import type { Locker } from '@lodestone/locked-list';
import type { ScoredBits } from '@lodestone/locked-list/score';
import { tagsOf } from '@lodestone/protocol/locked-rows';
import type { UnlockedRow } from '../import/import-record.ts';
import type { NearHash } from '../import/near-hashes.ts';
import type { ReadableRows } from '../import/readable-rows.ts';
import { type ChosenSlots, chooseSlots } from './choose-slots.ts';
import type { LockedState } from './locked-state.ts';
import { findCopies } from './near-copies.ts';

export interface Plan {
  listed: UnlockedRow[];
  /** The listed rows that have not been locked yet. */
  chosen: { row: UnlockedRow; slots: ChosenSlots }[];
  /** Rows that are a copy of a listed one. */
  merged: { entry: number; copyOf: number }[];
  refused: { entry: number; why: string }[];
}

export interface Planning {
  state: LockedState;
  locker: Locker;
  readable: ReadableRows;
  list: string;
  say: (line: string) => void;
}

/** Rows whose subsets are chosen before the next line about it. */
const ROWS_A_LINE = 20_000;

/** Rows that were locked before stay. Others join the copy that is listed under another entry, get subsets, or are refused. */
export async function planRows(
  rows: readonly UnlockedRow[],
  { state, locker, readable, list, say }: Planning,
): Promise<Plan> {
  const used = usedTags(state);
  const isListed = rows.map(({ pdq }) => state.rowOf(pdq) !== undefined);
  const copies = await findCopies(
    rows.map(({ pdq }) => pdq),
    [...rows.keys()].filter((i) => !isListed[i]),
  );
  const plain = readableEntries(
    rows.filter((_, i) => !isListed[i]),
    readable,
  );
  const plan: Plan = { listed: [], chosen: [], merged: [], refused: [] };
  const { slots } = state.parameters;
  const bits = state.parameters.bits as ScoredBits;
  for (const [i, row] of rows.entries()) {
    if (isListed[i]) continue;
    if (i > 0 && i % ROWS_A_LINE === 0) say(`list ${list}: the subsets of ${i} of ${rows.length} rows are chosen`);
    const { entry } = row;
    const near = plain.get(entry);
    if (near) {
      plan.refused.push({ entry, why: whyReadable(near) });
      continue;
    }
    const listedCopies = (copies.get(i) ?? [])
      .filter((copy) => isListed[copy])
      .map((copy) => (rows[copy] as UnlockedRow).entry);
    const copyOf = listedCopies.find((other) => other !== entry);
    if (copyOf !== undefined) {
      plan.merged.push({ entry, copyOf });
      continue;
    }
    const chosen = chooseSlots(locker, row, { bits, slots, isUsed: (tag) => used.has(tag) });
    if (typeof chosen === 'string') {
      // A copy of the entry itself, such as a narrow crop, is found by the row that is listed.
      if (listedCopies.length > 0) plan.merged.push({ entry, copyOf: entry });
      else plan.refused.push({ entry, why: chosen });
      continue;
    }
    for (const tag of chosen.tags) used.add(tag);
    isListed[i] = true;
    plan.chosen.push({ row, slots: chosen });
  }
  plan.listed = rows.filter((_, i) => isListed[i]);
  return plan;
}

/**
 * A picture that was refused as weak can have been imported into a plain list since. Then it is never locked, also if other tables or fewer
 * slots would allow it, and no other row of its entry is.
 */
function readableEntries(rows: readonly UnlockedRow[], readable: ReadableRows): Map<number, NearHash> {
  const plain = new Map<number, NearHash>();
  for (const { entry, pdq } of rows) {
    const near = plain.has(entry) ? undefined : readable.near(pdq);
    if (near) plain.set(entry, near);
  }
  return plain;
}

function whyReadable({ distance, list, entry }: NearHash): string {
  return `a row of it is ${distance} bits from entry ${entry} of list ${list}, which is readable and would open it`;
}

/** Also those of rows that are suppressed now: an old release has them. */
function usedTags({ rows, parameters }: LockedState): Set<number> {
  const used = new Set<number>();
  for (const { payload } of rows) for (const tag of tagsOf(payload, parameters.slots)) used.add(tag);
  return used;
}
