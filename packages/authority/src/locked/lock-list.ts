/**
 * Locks the rows of a list that are new since its last publication, and reports what is listed. Flow: record → merged copies → subsets →
 * locked rows, stored → publication. Promise: the same bytes at each call; a killed command keeps what it has stored.
 * Spec: docs/design/authority.md#locked-lists
 */
import { createLocker, loadBlake3, type Locker } from '@lodestone/locked-list';
import { strengthOf, tablesDigest } from '@lodestone/locked-list/score';
import { nodeArgon2id } from '@lodestone/locked-list/node';
import { equalBytes, toHex } from '@lodestone/protocol/bytes';
import { LodestoneError } from '@lodestone/protocol/error';
import { type ListRecord, records, type Release } from '@lodestone/protocol/list-file';
import type { Name } from '@lodestone/protocol/name';
import { type LockedParameters, readLockedParameters, tagsOf } from '@lodestone/protocol/locked-rows';
import { fileCounts, ImportRecord, type UnlockedRow } from '../import/import-record.ts';
import { readReadableRows } from '../import/readable-rows.ts';
import type { Paths } from '../keys/authority.ts';
import { lockNewRows } from './lock-new-rows.ts';
import { type LockedRow, LockedState } from './locked-state.ts';
import { slowMilliseconds } from './parameters.ts';
import { planRows } from './plan-rows.ts';
import { firstOf, type LockedReport } from './report.ts';

export interface LockedList {
  parameters: LockedParameters;
  /** The PDQ rows of the next release. */
  records: ListRecord[];
  report: LockedReport;
}

/**
 * @param published the newest release; a list that has one has a state
 * @param say is called with a line about the progress of a long run
 * @throws {LodestoneError} `ERR_REPOSITORY` if the state is damaged, gone, or of another list than the published one
 */
export async function lockList(
  paths: Pick<Paths, 'file' | 'record'>,
  { list, published, say }: { list: Name; published: Release | undefined; say: (line: string) => void },
): Promise<LockedList> {
  const counts = await fileCounts(paths.record);
  const record = await ImportRecord.open(paths.record, list);
  const rows = record.activePdq();
  const state = await openState(record, rows, published);
  const { parameters, seed } = state;
  const tools = { blake3: await loadBlake3(), slowHash: nodeArgon2id };
  const locker = createLocker(tools, parameters, seed);
  const readable = await readReadableRows(paths.record);
  const plan = await planRows(rows, { state, locker, readable, list, say });
  await lockNewRows(plan.chosen, { paths, state, locker, list, counts, say });
  const listed = plan.listed.map(({ entry, pdq }) => ({ entry, ...(state.rowOf(pdq) as LockedRow) }));
  const guesses = guessesByEntry(listed);
  const repicked = listed.filter((row) => row.repicked);
  const voidRows = listed.filter((row) => isVoid(row, locker));
  const alsoLocked = await rowsOfOtherLists(paths.record, list, listed);
  return {
    parameters,
    records: listed.map(({ entry, payload }) => ({ type: 'locked', entry, payload })),
    report: {
      list,
      listed: listed.length,
      merged: plan.merged.length,
      merges: firstOf(plan.merged),
      repicked: repicked.length,
      repickedEntries: entriesOf(repicked),
      refused: plan.refused.length,
      refusals: firstOf(plan.refused),
      void: voidRows.length,
      voidEntries: entriesOf(voidRows),
      alsoLocked: alsoLocked.length,
      alsoLockedEntries: firstOf(alsoLocked),
      unranked: rows.filter(({ ranking }) => ranking === undefined).length,
      scoredAsNamed: toHex(parameters.tablesDigest) === tablesDigest,
      bits: parameters.bits,
      subsets: parameters.subsets,
      slots: parameters.slots,
      tries: parameters.tries,
      memoryKiB: parameters.memoryKiB,
      slowMs: Math.ceil(slowMilliseconds(listed.length, parameters)),
      strength: listed.length === 0 ? undefined : strengthOf([...guesses.values()]),
      weakest: firstOf(
        [...guesses]
          .map(([entry, log2Guesses]) => ({ entry, log2Guesses }))
          .sort((a, b) => a.log2Guesses - b.log2Guesses),
      ),
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
function guessesByEntry(rows: readonly Pick<LockedRow & UnlockedRow, 'entry' | 'log2Guesses'>[]): Map<number, number> {
  const least = new Map<number, number>();
  for (const { entry, log2Guesses } of rows) least.set(entry, Math.min(...log2Guesses, least.get(entry) ?? Infinity));
  return least;
}

function entriesOf(rows: readonly { entry: number }[]): number[] {
  return firstOf(rows).map(({ entry }) => entry);
}

/** Whether devices find a row that opens, and ignore it: its tags are not those of its hash, as in a file that was changed. */
function isVoid({ pdq, slots, payload }: LockedRow, locker: Locker): boolean {
  const tags = tagsOf(payload, slots.length);
  return [...slots].some((subset, i) => locker.tagOf(pdq, subset) !== tags[i]);
}

/** Listed rows that another locked list of the authority has too. */
async function rowsOfOtherLists(
  records: string,
  list: Name,
  listed: readonly Pick<LockedRow & UnlockedRow, 'entry' | 'pdq'>[],
): Promise<LockedReport['alsoLockedEntries']> {
  const also: LockedReport['alsoLockedEntries'] = [];
  for (const name of (await fileCounts(records)).keys()) {
    if (name === list || (await ImportRecord.formOf(records, name)) === 'plain') continue;
    const other = await ImportRecord.open(records, name);
    for (const { entry, pdq } of listed) {
      const otherEntry = other.entryOf({ type: 'pdq', payload: pdq });
      if (otherEntry !== undefined && !other.isSuppressed(otherEntry)) also.push({ entry, list: name, otherEntry });
    }
  }
  return also;
}
