/**
 * Locks the rows of a list that are new since its last publication, and reports what is listed. Flow: record → merged copies → subsets →
 * locked rows, stored → publication. Promise: the same bytes at each call; a killed command keeps what it has stored.
 * Spec: docs/design/authority.md#locked-lists
 */
import { availableParallelism } from 'node:os';
import { createLocker, loadBlake3, type Locker, lockRows } from '@lodestone/locked-list';
import { nodeArgon2id } from '@lodestone/locked-list/node';
import { loadPdq } from '@lodestone/pdq';
import { concatBytes } from '@lodestone/protocol/bytes';
import type { ListRecord } from '@lodestone/protocol/list-file';
import { type LockedParameters, tagsOf } from '@lodestone/protocol/locked-rows';
import type { ImportRecord, UnlockedRow } from '../import/import-record.ts';
import { type ChosenSlots, chooseSlots } from './choose-slots.ts';
import { type LockedRow, LockedState } from './locked-state.ts';
import { slowMilliseconds } from './parameters.ts';
import { strengthOf } from './strength.ts';
import type { LockedReport } from './report.ts';

export interface LockedList {
  parameters: LockedParameters;
  /** The PDQ rows of the next release. */
  records: ListRecord[];
  report: LockedReport;
}

/** Rows closer than this are copies of one picture. */
const COPY_BITS = 12;
/** Rows that one file of the state has: a killed command loses less than the time of these. */
const ROWS_A_FILE = 512;
const SHOWN_REFUSALS = 32;

/** @param say is called with a line about the progress of a long run */
export async function lockList(record: ImportRecord, say: (line: string) => void): Promise<LockedList> {
  const rows = record.activePdq();
  const ranked = rows.every(({ ranking }) => ranking !== undefined);
  const state =
    (await LockedState.open(record.folder)) ?? (await LockedState.create(record.folder, { rows: rows.length, ranked }));
  const { parameters, seed } = state;
  const tools = { blake3: await loadBlake3(), slowHash: nodeArgon2id };
  const locker = createLocker(tools, parameters, seed);
  const plan = await planRows(rows, state, locker);
  await lockNew(plan.chosen, { state, locker, list: record.list, say });
  const listed = plan.listed.map(({ entry, pdq }) => ({ entry, ...(state.rowOf(pdq) as LockedRow) }));
  return {
    parameters,
    records: listed.map(({ entry, payload }) => ({ type: 'locked', entry, payload })),
    report: {
      list: record.list,
      listed: listed.length,
      merged: plan.merged,
      repicked: listed.filter(({ repicked }) => repicked).length,
      refused: plan.refused.length,
      refusals: plan.refused.slice(0, SHOWN_REFUSALS),
      unranked: rows.filter(({ ranking }) => ranking === undefined).length,
      bits: parameters.bits,
      subsets: parameters.subsets,
      slots: parameters.slots,
      tries: parameters.tries,
      memoryKiB: parameters.memoryKiB,
      slowMs: Math.ceil(slowMilliseconds(listed.length, parameters)),
      strength: strengthOf(listed, parameters.subsets),
    },
  };
}

interface Plan {
  listed: UnlockedRow[];
  /** The listed rows that have not been locked yet. */
  chosen: { row: UnlockedRow; slots: ChosenSlots }[];
  merged: number;
  refused: LockedReport['refusals'];
}

/** Rows that were locked before stay. Others join the copy that is listed under another entry, get subsets, or are refused. */
async function planRows(rows: readonly UnlockedRow[], state: LockedState, locker: Locker): Promise<Plan> {
  const used = usedTags(state);
  const index = (await loadPdq()).createIndex(concatBytes(...rows.map(({ pdq }) => pdq)));
  const isListed = rows.map(({ pdq }) => state.rowOf(pdq) !== undefined);
  const plan: Plan = { listed: [], chosen: [], merged: 0, refused: [] };
  const { bits, slots } = state.parameters;
  for (const [i, row] of rows.entries()) {
    if (isListed[i]) continue;
    const copies = index.query(row.pdq, COPY_BITS).filter((match) => isListed[match.row]);
    if (copies.some((match) => rows[match.row]?.entry !== row.entry)) {
      plan.merged++;
      continue;
    }
    const chosen = chooseSlots(locker, row, { bits, slots, isUsed: (tag) => used.has(tag) });
    if (typeof chosen === 'string') {
      plan.refused.push({ entry: row.entry, why: chosen });
      continue;
    }
    for (const tag of chosen.tags) used.add(tag);
    isListed[i] = true;
    plan.chosen.push({ row, slots: chosen });
  }
  plan.listed = rows.filter((_, i) => isListed[i]);
  return plan;
}

/** Also those of rows that are suppressed now: an old release has them. */
function usedTags({ rows, parameters }: LockedState): Set<number> {
  const used = new Set<number>();
  for (const { payload } of rows) for (const tag of tagsOf(payload, parameters.slots)) used.add(tag);
  return used;
}

interface Locking {
  state: LockedState;
  locker: Locker;
  list: string;
  say: (line: string) => void;
}

async function lockNew(chosen: Plan['chosen'], { state, locker, list, say }: Locking): Promise<void> {
  const started = Date.now();
  for (let from = 0; from < chosen.length; from += ROWS_A_FILE) {
    const some = chosen.slice(from, from + ROWS_A_FILE);
    const payloads = await lockRows(
      locker,
      some.map(({ row: { pdq }, slots: { slots } }) => ({ pdq, slots })),
      { atOnce: availableParallelism() },
    );
    await state.add(
      some.map(({ row: { pdq }, slots }, i) => ({
        pdq,
        slots: Uint8Array.from(slots.slots),
        scores: Float32Array.from(slots.scores),
        repicked: slots.repicked,
        payload: payloads[i] as Uint8Array,
      })),
    );
    const done = from + some.length;
    const left = ((Date.now() - started) / done) * (chosen.length - done);
    if (done < chosen.length)
      say(`list ${list}: ${done} of ${chosen.length} rows are locked, about ${Math.ceil(left / 1_000)} s left`);
  }
}
