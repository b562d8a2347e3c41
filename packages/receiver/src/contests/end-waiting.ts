/**
 * What time does to contests: one that nobody decided by its due day gets the outcome `no-decision`; one that waits for a
 * decision longer than any case can is deleted. Flow: retention → here. Spec: docs/design/receiver.md#contests
 */
import { type Day, toDay } from '@lodestone/protocol/time';
import { sql, type Transaction } from 'kysely';
import { CONTEST_DAYS } from '../cases/due.ts';
import type { TrustedTime } from '../clock/trusted-time.ts';
import type { Database, Tables } from '../db/schema.ts';
import { findLateSignals } from './find-late-signals.ts';
import { giveOutcome } from './outcome.ts';

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
