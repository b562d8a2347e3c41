/**
 * Locks new rows in several threads, and stores them. Promise: a killed command keeps what it has stored; nothing is stored that another command has
 * suppressed or listed readable since the rows were read. Flow: plan → here → state. Spec: docs/design/authority.md#locked-lists
 */
import { availableParallelism } from 'node:os';
import { type Locker, lockRows } from '@lodestone/locked-list';
import { LodestoneError } from '@lodestone/protocol/error';
import type { Name } from '@lodestone/protocol/name';
import { fileCounts, ImportRecord } from '../import/import-record.ts';
import { type ReadableRows, readReadableRows } from '../import/readable-rows.ts';
import type { Paths } from '../keys/authority.ts';
import { withLock } from '../repository/lock.ts';
import type { LockedState } from './locked-state.ts';
import type { Plan } from './plan-rows.ts';

/** Rows that one file of the state has: a killed command loses less than the time of these. */
const ROWS_A_FILE = 512;
/** An import saves for a moment only. */
const SAVING_MS = 10_000;

export interface Locking {
  paths: Pick<Paths, 'file' | 'record'>;
  state: LockedState;
  locker: Locker;
  list: Name;
  /** `fileCounts` from before the records were read. */
  counts: ReadonlyMap<Name, number>;
  say: (line: string) => void;
}

/** @throws {LodestoneError} `ERR_REPOSITORY` if a row must not be locked any more; rows that are stored stay */
export async function lockNewRows(chosen: Plan['chosen'], locking: Locking): Promise<void> {
  const { state, locker, list, say } = locking;
  const check = checkBy(locking);
  const started = Date.now();
  for (let from = 0; from < chosen.length; from += ROWS_A_FILE) {
    const some = chosen.slice(from, from + ROWS_A_FILE);
    const payloads = await lockRows(
      locker,
      some.map(({ row: { pdq }, slots: { slots } }) => ({ pdq, slots })),
      { atOnce: availableParallelism() },
    );
    const store = async (): Promise<void> => {
      await check(some);
      await state.add(
        some.map(({ row: { pdq }, slots }, i) => ({
          pdq,
          slots: Uint8Array.from(slots.slots),
          log2Guesses: Float32Array.from(slots.log2Guesses),
          repicked: slots.repicked,
          payload: payloads[i] as Uint8Array,
        })),
      );
    };
    await withLock(locking.paths, store, { what: 'saving an import', waitMs: SAVING_MS });
    const done = from + some.length;
    const left = ((Date.now() - started) / done) * (chosen.length - done);
    if (done < chosen.length)
      say(`list ${list}: ${done} of ${chosen.length} rows are locked, about ${Math.ceil(left / 1_000)} s left`);
  }
}

/** Whether an import or a suppression that was saved since the plan forbids a row. */
type Check = (some: Plan['chosen']) => Promise<void>;

/** Reads the records again only when one has changed: a large one takes seconds. */
function checkBy({ paths, list, counts }: Pick<Locking, 'paths' | 'list' | 'counts'>): Check {
  let known = counts;
  let changed: { record: ImportRecord; readable: ReadableRows } | undefined;
  return async (some) => {
    const now = await fileCounts(paths.record);
    if ([...now].some(([name, count]) => count !== known.get(name))) {
      changed = {
        record: await ImportRecord.open(paths.record, list),
        readable: await readReadableRows(paths.record),
      };
      known = now;
    }
    for (const { row } of some) {
      const isSuppressed = changed?.record.isSuppressed(row.entry);
      if (isSuppressed || changed?.readable.near(row.pdq))
        throw new LodestoneError(
          'ERR_REPOSITORY',
          `list ${list}: another command has ${isSuppressed ? 'suppressed' : 'listed readable'} entry ${row.entry} in the meantime. Run the command again: rows that are locked stay`,
        );
    }
  };
}
