/**
 * Deletes what is no longer needed: signal ids that no replay could use, signals and counts by the configured days, cases
 * that nobody reviewed, and private keys whose signals no longer count. Orders stay: they are public. Flow: receiver → here → database and keys.
 * Spec: docs/design/receiver.md#retention.
 */
import { type Day, toDay } from '@lodestone/protocol/time';
import { GRACE_DAYS } from '@lodestone/trust';
import { sql } from 'kysely';
import type { Logger } from 'pino';
import type { ReceiverConfig } from './config.ts';
import { endWaitingContests } from './contests/end-waiting.ts';
import type { Database } from './db/schema.ts';
import { destroyExpiredKeys } from './keys/files.ts';

export interface RetentionContext {
  db: Database;
  /** Folder of the private keys. */
  keysFolder: string;
  config: ReceiverConfig;
  log: Logger;
}

/** A case that nobody reviewed is deleted this many days after it opened. */
const UNREVIEWED_CASE_DAYS = 90;
/** A decided case, without its signals, is deleted this many days after its last change of state. */
const DECIDED_CASE_DAYS = 365;

export async function applyRetention({ db, keysFolder, config, log }: RetentionContext, now: number): Promise<void> {
  const today = toDay(now);
  const oldestArrival = (today - config.retention.signalDays) as Day;
  const oldestCount = (today - config.retention.countDays) as Day;
  await endWaitingContests(db, now); // before signals are deleted, because receipts are found by them
  const ids = await db.deleteFrom('signalIds').where('deleteAfter', '<', today).executeTakeFirst();
  const signals = await db.deleteFrom('signals').where('arrivalDay', '<', oldestArrival).executeTakeFirst();
  await db.deleteFrom('orderCounts').where('day', '<', oldestCount).execute();
  await db.deleteFrom('counts').where('day', '<', oldestCount).execute();
  const cases = await deleteCases(db, today);
  await deleteEmptyWindows(db, today);
  await db.deleteFrom('tombstones').where('deleteAfter', '<', today).execute();
  const keys = await destroyExpiredKeys(keysFolder, now);
  const [deletedIds, deletedSignals] = [ids, signals].map(({ numDeletedRows }) => Number(numDeletedRows));
  log.info({ ids: deletedIds, signals: deletedSignals, cases, keys }, 'retention applied');
}

/** Cases without a decision, with their windows and signals, and decided ones after a year. @returns how many */
export async function deleteCases(db: Database, today: Day): Promise<number> {
  return db.transaction().execute(async (tx) => {
    const ended = await tx
      .selectFrom('cases')
      .select('caseNo')
      .where(({ or, and, eb }) =>
        or([
          and([eb('isDecided', '=', false), eb('openedDay', '<', (today - UNREVIEWED_CASE_DAYS) as Day)]),
          and([eb('isDecided', '=', true), eb('stateDay', '<', (today - DECIDED_CASE_DAYS) as Day)]),
        ]),
      )
      .execute();
    for (let at = 0; at < ended.length; at += ROWS) {
      const caseNos = ended.slice(at, at + ROWS).map(({ caseNo }) => caseNo);
      // Who contests and has no answer gets one: see contests/end-waiting.ts.
      await tx
        .updateTable('contests')
        .set({ caseNo: null })
        .where('caseNo', 'in', caseNos)
        .where('outcome', 'is', null)
        .execute();
      await tx.deleteFrom('countingWindows').where('caseNo', 'in', caseNos).execute();
      await tx.deleteFrom('cases').where('caseNo', 'in', caseNos).execute();
    }
    return ended.length;
  });
}

/** Values of one statement, far below PostgreSQL's limit of 65,535. */
const ROWS = 10_000;

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
