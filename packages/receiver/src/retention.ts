/**
 * Deletes what is no longer needed: signal ids that no replay could use, signals and counts by the configured days, cases
 * by their outcome, and private keys whose signals no longer count. Orders stay: they are public. Flow: receiver → here → database and keys.
 * Spec: docs/design/receiver.md#retention.
 */
import { LodestoneError } from '@lodestone/protocol/error';
import { type Day, toDay } from '@lodestone/protocol/time';
import { GRACE_DAYS } from '@lodestone/trust';
import { sql } from 'kysely';
import type { Logger } from 'pino';
import { endCases } from './cases/end-cases.ts';
import { believeClock, confirmClock, type TrustedTime } from './clock/trusted-time.ts';
import type { ReceiverConfig } from './config.ts';
import { endWaitingContests } from './contests/end-waiting.ts';
import type { Database } from './db/schema.ts';
import { destroyExpiredKeys } from './keys/files.ts';
import { lockRecord, recordAction } from './record/append.ts';
import { rollUpCounts } from './report/roll-up.ts';
import { userFor } from './users/users.ts';

export interface RetentionContext {
  db: Database;
  /** Folder of the private keys. */
  keysFolder: string;
  config: ReceiverConfig;
  log: Logger;
}

/** How many were deleted. */
export interface Deleted {
  ids: number;
  signals: number;
  cases: number;
  keys: readonly number[];
}

export async function applyRetention(
  { db, keysFolder, config, log }: RetentionContext,
  now: TrustedTime,
): Promise<Deleted> {
  const today = toDay(now);
  const oldestArrival = (today - config.retention.signalDays) as Day;
  const oldestCount = (today - config.retention.countDays) as Day;
  await endWaitingContests(db, now); // before signals are deleted, because receipts are found by them
  const ids = await db.deleteFrom('signalIds').where('deleteAfter', '<', today).executeTakeFirst();
  const signals = await deleteSignals(db, oldestArrival);
  await rollUpCounts(db, oldestCount);
  const cases = await endCases(db, config, now);
  await deleteEmptyWindows(db, today);
  await db.deleteFrom('tombstones').where('deleteAfter', '<', today).execute();
  const keys = await destroyExpiredKeys(keysFolder, now);
  const deleted = { ids: Number(ids.numDeletedRows), signals, cases, keys };
  log.info(deleted, 'retention applied');
  return deleted;
}

export interface Purge {
  token: string;
  now: number;
  /** Today as the user knows it, `YYYY-MM-DD`, if the clock is right and yet not believed. */
  confirmDate?: string | undefined;
}

/**
 * The same, by a user, who is in the record.
 * @throws {LodestoneError} `ERR_CASE` if the role does not allow it; `ERR_RECEIVER` if the clock is not believed
 */
export async function purgeAs(context: RetentionContext, { token, now, confirmDate }: Purge): Promise<Deleted> {
  const { db } = context;
  await db.transaction().execute((tx) => userFor(tx, token, 'purge'));
  if (confirmDate !== undefined) await confirmClock(db, confirmDate, now);
  const { time, doubt } = await believeClock(db, now);
  if (time === undefined) throw new LodestoneError('ERR_RECEIVER', doubt);
  const deleted = await applyRetention(context, time);
  await db.transaction().execute(async (tx) => {
    await lockRecord(tx);
    const user = await userFor(tx, token, 'purge');
    await recordAction(tx, { type: 'data', action: 'purge', cases: deleted.cases }, user, now);
  });
  return deleted;
}

/** Those of a confirmed or held case are its evidence, and kept as long as the case. @returns how many were deleted */
async function deleteSignals(db: Database, oldestArrival: Day): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('signals')
    .where('arrivalDay', '<', oldestArrival)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('countingWindows as w')
            .innerJoin('cases as c', 'c.caseNo', 'w.caseNo')
            .select('w.windowNo')
            .whereRef('w.windowNo', '=', 'signals.windowNo')
            .where(({ or, eb }) => or([eb('c.decision', '=', 'confirm'), eb('c.heldDay', 'is not', null)])),
        ),
      ),
    )
    .executeTakeFirst();
  return Number(numDeletedRows);
}

/** A window without signals counts towards the limit of its subject until no signal of it can arrive. */
async function deleteEmptyWindows(db: Database, today: Day): Promise<void> {
  await db
    .deleteFrom('countingWindows')
    .where(sql<boolean>`first_day + 2 * within_days + ${GRACE_DAYS} < ${today}`)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(selectFrom('signals').select('signalId').whereRef('signals.windowNo', '=', 'countingWindows.windowNo')),
      ),
    )
    .execute();
}
