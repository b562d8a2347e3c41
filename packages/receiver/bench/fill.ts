/** Fills a PostgreSQL database with cases and signals as years of review leave them, without a device. Flow: console → here. */
import { DAY_MS, toDay } from '@lodestone/protocol/time';
import { sql } from 'kysely';
import type { Database } from '../src/db/schema.ts';

export interface Fill {
  cases: number;
  signals: number;
}

/** Of each case; the other signals are alone in windows that opened none. */
const SIGNALS_PER_CASE = 6;
/** One of these states for each case, so that the shares are those of the list. */
const STATES = [
  ...Array.from({ length: 8 }, () => 'new'),
  'in-review',
  'confirmed-once',
  ...Array.from({ length: 5 }, () => 'confirmed'),
  ...Array.from({ length: 2 }, () => 'reported'),
  'contested',
  'upheld',
  'overturned',
];

export async function fill(db: Database, { cases, signals }: Fill, now: number): Promise<void> {
  const today = toDay(now);
  const alone = signals - cases * SIGNALS_PER_CASE;
  await sql`insert into orders (order_digest, source, order_id, document)
    select repeat(n::text, 64), 'court', 'order-' || n, '' from generate_series(1, 3) n`.execute(db);
  await sql`
    insert into cases (pseudonym, source, order_id, state, is_decided, holder, opened_day, state_day, due_day, newest_day,
      open_windows, exact_entries, entries, days, decision, decided_day)
    select decode(md5(n::text), 'hex'), 'court', 'order-' || (1 + n % 3), state,
      state not in ('new', 'in-review', 'confirmed-once'), case state when 'in-review' then 'reviewer-' || n % 20 end,
      ${today}::integer - n % 90, ${today}::integer - n % 60, case when state in ('upheld', 'overturned', 'reported') then null else ${today}::integer + n % 30 - 10 end,
      ${today}::integer - n % 60, 1, n % 7, 2 + n % 11, 1 + n % 10,
      case when state not in ('new', 'in-review', 'confirmed-once') then 'confirm' end,
      case when state not in ('new', 'in-review', 'confirmed-once') then ${today}::integer - n % 60 end
    from (select n, (${sql.val(STATES)}::text[])[1 + (n * 7919) % ${STATES.length}::integer] as state from generate_series(1, ${cases}::integer) n) t`.execute(
    db,
  );
  await sql`
    insert into counting_windows (pseudonym, source, order_id, reference, kind, first_day, within_days, threshold, signals, newest_day, opened_day, case_no)
    select pseudonym, source, order_id, 'lists:v1/lists/known-' || case_no % 4 || '/manifest.json', 'match', opened_day - 5, 10, 2, ${SIGNALS_PER_CASE}, newest_day, opened_day, case_no
    from cases order by case_no`.execute(db);
  await sql`
    insert into counting_windows (pseudonym, source, order_id, reference, kind, first_day, within_days, threshold, signals, newest_day)
    select decode(md5('alone' || n), 'hex'), 'court', 'order-' || (1 + n % 3), 'lists:v1/lists/known-' || n % 4 || '/manifest.json', 'match',
      ${today}::integer - n % 90 - 5, 10, 2, 1, ${today}::integer - n % 90
    from generate_series(1, ${alone}::integer) n`.execute(db);
  await sql`
    insert into signals (signal_id, window_no, order_no, manifest_digest, entry, level, evidence, surface, media, day, arrival_day)
    select decode(md5(window_no || ' ' || n), 'hex'), window_no, right(order_id, 1)::integer, repeat('a', 64), (window_no * 31 + n * 7) % 1000000,
      n % 20, case when n % 2 = 0 then 'exact' else 'confirmed' end, (array['send', 'upload', 'receive'])[1 + window_no % 3], 'image',
      newest_day - n % 5, newest_day - n % 5
    from counting_windows, generate_series(1, signals) n`.execute(db);
  await sql`insert into signal_ids (signal_id, delete_after) select signal_id, day + 90 from signals`.execute(db);
  await sql`
    insert into case_receipts (receipt, case_no, reference, entry, evidence, is_marked)
    select upper(md5(signal_id::text)), w.case_no, w.reference, s.entry, s.evidence, false
    from signals s join counting_windows w using (window_no) join cases c on c.case_no = w.case_no where c.is_decided`.execute(
    db,
  );
  await sql`
    insert into contests (receipt, case_no, text, received_day, due_day, outcome)
    select 'CASE' || case_no, case_no, repeat('It is my child at the beach. ', 20), ${today}::integer - case_no % 14, ${today}::integer - case_no % 14 + 14,
      case when state = 'contested' then null when state = 'upheld' then 'upheld' else 'overturned' end
    from cases where state in ('contested', 'upheld', 'overturned')`.execute(db);
  await sql`
    insert into order_counts (order_no, day, signals) select o.order_no, d, 3700 from orders o, generate_series(${today}::integer - 365, ${today}::integer) d`.execute(
    db,
  );
  await sql`insert into counts select d, 11000, 20, 900000, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 from generate_series(${today}::integer - 365, ${today}::integer) d`.execute(
    db,
  );
  await sql`vacuum analyze`.execute(db);
}

/** A fixed time, so that the days of the rows are those that the pages ask for. */
export const FILLED_AT: number = Math.floor(Date.now() / DAY_MS) * DAY_MS + DAY_MS / 2;
