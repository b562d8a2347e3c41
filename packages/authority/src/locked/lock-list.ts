/**
 * Locks the rows of a list that are new since its last publication, and reports what is listed. Flow: record → merged copies → subsets →
 * locked rows, stored → publication. Promise: the same bytes at each call; a killed command keeps what it has stored.
 * Spec: docs/design/authority.md#locked-lists
 */
import { availableParallelism } from 'node:os';
import { createLocker, loadBlake3, type Locker, lockRows } from '@lodestone/locked-list';
import { type ScoredBits, strengthOf, tablesDigest } from '@lodestone/locked-list/score';
import { nodeArgon2id } from '@lodestone/locked-list/node';
import { equalBytes, toHex } from '@lodestone/protocol/bytes';
import { LodestoneError } from '@lodestone/protocol/error';
import { type ListRecord, records, type Release } from '@lodestone/protocol/list-file';
import { type LockedParameters, readLockedParameters, tagsOf } from '@lodestone/protocol/locked-rows';
import type { ImportRecord, UnlockedRow } from '../import/import-record.ts';
import { type ChosenSlots, chooseSlots } from './choose-slots.ts';
import { type LockedRow, LockedState } from './locked-state.ts';
import { findCopies } from './near-copies.ts';
import { slowMilliseconds } from './parameters.ts';
import type { LockedReport } from './report.ts';

export interface LockedList {
  parameters: LockedParameters;
  /** The PDQ rows of the next release. */
  records: ListRecord[];
  report: LockedReport;
}

/** Rows that one file of the state has: a killed command loses less than the time of these. */
const ROWS_A_FILE = 512;
const SHOWN_REFUSALS = 32;
/** Rows whose subsets are chosen before the next line about it. */
const ROWS_A_LINE = 20_000;

/**
 * @param published the newest release; a list that has one has a state
 * @param say is called with a line about the progress of a long run
 * @throws {LodestoneError} `ERR_REPOSITORY` if the state is damaged, gone, or of another list than the published one
 */
export async function lockList(
  record: ImportRecord,
  published: Release | undefined,
  say: (line: string) => void,
): Promise<LockedList> {
  const rows = record.activePdq();
  const state = await openState(record, rows, published);
  const { parameters, seed } = state;
  const tools = { blake3: await loadBlake3(), slowHash: nodeArgon2id };
  const locker = createLocker(tools, parameters, seed);
  const plan = await planRows(rows, { state, locker, list: record.list, say });
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
      scoredAsNamed: toHex(parameters.tablesDigest) === tablesDigest,
      bits: parameters.bits,
      subsets: parameters.subsets,
      slots: parameters.slots,
      tries: parameters.tries,
      memoryKiB: parameters.memoryKiB,
      slowMs: Math.ceil(slowMilliseconds(listed.length, parameters)),
      strength: listed.length === 0 ? undefined : strengthOf(guessesByEntry(listed)),
    },
  };
}

/** A new seed for a list that is published would choose the subsets of its rows again, and show weaker ones. */
async function openState(
  { folder, list }: ImportRecord,
  rows: readonly UnlockedRow[],
  published: Release | undefined,
): Promise<LockedState> {
  const state = await LockedState.open(folder);
  const salt = published?.locked && readLockedParameters(published.locked).salt;
  if (salt && !(state && equalBytes(state.parameters.salt, salt)))
    throw new LodestoneError(
      'ERR_REPOSITORY',
      `list ${list}: its folder "locked" is ${state ? 'of another list' : 'gone'}; restore ${folder}/locked from a backup, or start a list of another name`,
    );
  if (state && published) checkPublished(state, published, { folder, list });
  if (state) return state;
  return LockedState.create(folder, {
    rows: rows.length,
    ranked: rows.every(({ ranking }) => ranking !== undefined),
  });
}

/**
 * Rows that the published file has and the state has not, as after an old backup, would get other subsets.
 * @throws {LodestoneError} `ERR_REPOSITORY` for such a row
 */
function checkPublished(
  { rows }: LockedState,
  published: Release,
  { folder, list }: Pick<ImportRecord, 'folder' | 'list'>,
): void {
  const locked = new Set(Array.from(rows, ({ payload }) => keyOf(payload)));
  for (const { type, entry, payload } of records(published)) {
    if (type === 'locked' && !locked.has(keyOf(payload)))
      throw new LodestoneError(
        'ERR_REPOSITORY',
        `list ${list}: its folder "locked" does not have a published row of entry ${entry}, as an old backup has not; restore ${folder}/locked from the newest backup, or start a list of another name`,
      );
  }
}

const keyOf = (payload: Uint8Array): string => Buffer.from(payload).toString('latin1');

/** An entry is as strong as the weakest subset of its rows: any of them opens it. */
function guessesByEntry(rows: readonly Pick<LockedRow & UnlockedRow, 'entry' | 'log2Guesses'>[]): number[] {
  const least = new Map<number, number>();
  for (const { entry, log2Guesses } of rows) least.set(entry, Math.min(...log2Guesses, least.get(entry) ?? Infinity));
  return [...least.values()];
}

interface Plan {
  listed: UnlockedRow[];
  /** The listed rows that have not been locked yet. */
  chosen: { row: UnlockedRow; slots: ChosenSlots }[];
  merged: number;
  refused: LockedReport['refusals'];
}

/** Rows that were locked before stay. Others join the copy that is listed under another entry, get subsets, or are refused. */
async function planRows(rows: readonly UnlockedRow[], { state, locker, list, say }: Locking): Promise<Plan> {
  const used = usedTags(state);
  const isListed = rows.map(({ pdq }) => state.rowOf(pdq) !== undefined);
  const copies = await findCopies(
    rows.map(({ pdq }) => pdq),
    [...rows.keys()].filter((i) => !isListed[i]),
  );
  const plan: Plan = { listed: [], chosen: [], merged: 0, refused: [] };
  const { slots } = state.parameters;
  const bits = state.parameters.bits as ScoredBits;
  for (const [i, row] of rows.entries()) {
    if (isListed[i]) continue;
    if (i > 0 && i % ROWS_A_LINE === 0) say(`list ${list}: the subsets of ${i} of ${rows.length} rows are chosen`);
    const listedCopies = (copies.get(i) ?? []).filter((copy) => isListed[copy]);
    if (listedCopies.some((copy) => rows[copy]?.entry !== row.entry)) {
      plan.merged++;
      continue;
    }
    const chosen = chooseSlots(locker, row, { bits, slots, isUsed: (tag) => used.has(tag) });
    if (typeof chosen === 'string') {
      // A copy of the entry itself, such as a narrow crop, is found by the row that is listed.
      if (listedCopies.length > 0) plan.merged++;
      else plan.refused.push({ entry: row.entry, why: chosen });
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
        log2Guesses: Float32Array.from(slots.log2Guesses),
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
