/**
 * Finds entries that many subjects matched at once, and puts them into quarantine: their confirmed and classifier signals do not count
 * until a lead decides; exact ones count and are marked. Flow: receiver → here → cases/judge-windows.
 * Promise: of several receivers, one quarantines an entry. Spec: docs/design/receiver.md#floods
 */
import type { TargetReference } from '@lodestone/protocol/paths';
import type { MatchSignal } from '@lodestone/protocol/signal';
import { type Day, toDay } from '@lodestone/protocol/time';
import { sql } from 'kysely';
import type { Logger } from 'pino';
import { judgeEntry } from '../cases/judge-windows.ts';
import type { Database } from '../db/schema.ts';
import { addCounts } from '../report/counts.ts';
import { DEFAULT_SUBJECTS, isFlood, type Matches, RECENT_DAYS, USUAL_DAYS } from './rule.ts';

export interface FloodContext {
  db: Database;
  /** Fewer distinct subjects are no flood. */
  least?: number | undefined;
  log: Logger;
}

type Candidate = Omit<Matches, 'usual'> & { reference: TargetReference; kind: MatchSignal['kind']; entry: number };

/** @returns how many entries were quarantined */
export async function findFloods({ db, least = DEFAULT_SUBJECTS, log }: FloodContext, now: number): Promise<number> {
  const today = toDay(now);
  let found = 0;
  for (const each of await candidates(db, least, today)) {
    const usual = await usualSubjects(db, each, today);
    if (!isFlood({ ...each, usual }, least)) continue;
    if (!(await quarantine(db, each, today))) continue; // another receiver was first
    found++;
    log.warn(
      { reference: each.reference, subjects: each.recent },
      'an entry is quarantined, because many subjects match it at once',
    );
  }
  return found;
}

/** Entries with enough subjects that are not in quarantine. */
async function candidates(db: Database, least: number, today: Day): Promise<Candidate[]> {
  const { rows } = await sql<Candidate>`
    select w.reference, w.kind, s.entry, count(distinct w.pseudonym) as recent, coalesce(max(f.subjects), 0) as released
    from signals s
    join counting_windows w on w.window_no = s.window_no
    left join floods f on f.reference = w.reference and f.entry = s.entry
    where s.arrival_day > ${today - RECENT_DAYS}::integer and coalesce(f.state, 'released') = 'released'
    group by w.reference, w.kind, s.entry
    having count(distinct w.pseudonym) >= ${least}::integer
    order by w.reference, s.entry`.execute(db);
  return rows;
}

async function usualSubjects(db: Database, { reference, entry }: Candidate, today: Day): Promise<number> {
  const last = today - RECENT_DAYS;
  const { rows } = await sql<{ usual: number }>`
    select count(distinct (w.pseudonym, s.arrival_day)) as usual
    from signals s
    join counting_windows w on w.window_no = s.window_no
    where s.arrival_day > ${last - USUAL_DAYS}::integer and s.arrival_day <= ${last}::integer
      and w.reference = ${reference} and s.entry = ${entry}::bigint`.execute(db);
  return rows[0]?.usual ?? 0;
}

async function quarantine(db: Database, { reference, kind, entry, recent }: Candidate, today: Day): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const { numInsertedOrUpdatedRows } = await tx
      .insertInto('floods')
      .values({ reference, kind, entry, state: 'quarantined', sinceDay: today, subjects: recent })
      .onConflict((conflict) =>
        conflict
          .columns(['reference', 'entry'])
          .doUpdateSet({ state: 'quarantined', sinceDay: today, subjects: recent })
          .where('floods.state', '=', 'released'),
      )
      .executeTakeFirst();
    if (!numInsertedOrUpdatedRows) return false;
    await judgeEntry(tx, { reference, entry }, today);
    await addCounts(tx, today, [{ measure: 'floods', dimension: 'event', key: 'quarantined' }]);
    return true;
  });
}
