/**
 * What time does to contests: one that nobody decided by its due day gets the outcome `no-decision`; one that waits for a
 * decision longer than any case can is deleted. Flow: retention → here. Spec: docs/design/receiver.md#contests
 */
import { type Day, toDay } from '@lodestone/protocol/time';
import { sql, type Transaction } from 'kysely';
import { CONTEST_DAYS } from '../cases/due.ts';
import type { TrustedTime } from '../clock/trusted-time.ts';
import type { Database, Tables } from '../db/schema.ts';
import { lockRecord } from '../record/append.ts';
import { openContest } from './accept.ts';
import { giveOutcome } from './outcome.ts';
import { keepReceipts } from './receipts.ts';

/** The longest counting window and the grace days until a signal arrives (104), and the days of a case without a decision (90). */
const WAITING_DAYS = 194;
/** Delivered callbacks are kept this long, and a contest of no case this long after its outcome. */
const DELIVERED_DAYS = 30;
/** Contests of one transaction. */
const ROWS = 500;

export async function endWaitingContests(db: Database, now: TrustedTime): Promise<void> {
  const today = toDay(now);
  // Days of the future were written while the clock was ahead.
  await db
    .updateTable('contests')
    .set({ receivedDay: sql<Day>`least(received_day, ${today}::integer)`, dueDay: (today + CONTEST_DAYS) as Day })
    .where('dueDay', '>', (today + CONTEST_DAYS) as Day)
    .execute();
  await findLateSignals(db, now);
  for (let ended = ROWS; ended === ROWS;) ended = await db.transaction().execute((tx) => endSome(tx, now));
  await db
    .deleteFrom('contests')
    .where('caseNo', 'is', null)
    .where('receivedDay', '<', (today - WAITING_DAYS) as Day)
    .where('outcomeDay', '<', (today - DELIVERED_DAYS) as Day)
    .execute();
  await db
    .deleteFrom('callbacks')
    .where('state', '=', 'delivered')
    .where('caseNo', 'is', null) // others go with their case: if it is overturned, what was asked is withdrawn
    .where('createdDay', '<', (today - DELIVERED_DAYS) as Day)
    .execute();
}

async function endSome(tx: Transaction<Tables>, now: number): Promise<number> {
  const due = await tx
    .selectFrom('contests')
    .select('contestNo')
    .where('caseNo', 'is', null)
    .where('outcome', 'is', null)
    .where('dueDay', '<=', toDay(now))
    .limit(ROWS)
    .forUpdate()
    .execute();
  const contestNos = due.map(({ contestNo }) => contestNo);
  await giveOutcome(tx, contestNos, { outcome: 'no-decision' }, now);
  return contestNos.length;
}

/**
 * A signal can arrive in a counting window whose case was decided before. Its receipt is kept with that case as soon as somebody
 * contests; until then, nothing asks for it.
 */
async function findLateSignals(db: Database, now: number): Promise<void> {
  const waiting = await db.selectFrom('contests').select('contestNo').where('caseNo', 'is', null).limit(1).execute();
  if (waiting.length === 0) return;
  const late = await db
    .selectFrom('cases as c')
    .innerJoin('countingWindows as w', 'w.caseNo', 'c.caseNo')
    .innerJoin('signals as s', 's.windowNo', 'w.windowNo')
    .select('c.caseNo')
    .distinct()
    .where('c.isDecided', '=', true)
    .whereRef('s.arrivalDay', '>=', 'c.stateDay')
    .execute();
  for (const { caseNo } of late)
    await db.transaction().execute(async (tx) => {
      await lockRecord(tx);
      await keepReceipts(tx, caseNo);
    });
  const found = await db
    .selectFrom('contests')
    .innerJoin('caseReceipts', 'caseReceipts.receipt', 'contests.receipt')
    .select(['contests.contestNo', 'contests.receipt'])
    .where('contests.caseNo', 'is', null)
    .execute();
  for (const { contestNo, receipt } of found)
    await db.transaction().execute(async (tx) => {
      await lockRecord(tx);
      await openContest(tx, contestNo, receipt, now);
    });
}
