/**
 * Turns daily counts that are no longer kept into totals by month, in the statement that deletes them: nothing is counted twice or lost,
 * by several receivers or after a kill. Flow: retention → here. Spec: docs/design/receiver.md#yearly-report
 */
import type { Day } from '@lodestone/protocol/time';
import { sql } from 'kysely';
import type { Database } from '../db/schema.ts';
import { OUTCOMES } from '../ingest/outcome.ts';
import { ADD, monthOfDay } from './counts.ts';

/** @param before the oldest day that is kept */
export async function rollUpCounts(db: Database, before: Day): Promise<void> {
  await sql`
    with gone as (delete from order_counts where day < ${before}::integer returning order_no, day, signals)
    insert into monthly_counts as m (month, measure, dimension, key, count)
    select ${monthOfDay(sql.ref('g.day'))} as month, 'signals', 'order', o.source || ':' || o.order_id as key, sum(g.signals)
    from gone g join orders o using (order_no)
    group by 1, 4 order by 1, 4
    ${ADD}`.execute(db);
  const outcomes = sql.join(OUTCOMES.map((outcome) => sql`(${sql.lit(outcome)}, ${sql.ref(`g.${outcome}`)})`));
  await sql`
    with gone as (delete from counts where day < ${before}::integer returning *)
    insert into monthly_counts as m (month, measure, dimension, key, count)
    select ${monthOfDay(sql.ref('g.day'))} as month, 'requests', 'outcome', o.key, sum(o.count)
    from gone g, lateral (values ${outcomes}) as o (key, count)
    where o.count > 0
    group by 1, 4 order by 1, 4
    ${ADD}`.execute(db);
}
