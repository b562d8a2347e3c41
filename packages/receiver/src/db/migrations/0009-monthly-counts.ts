/**
 * Adds totals by month for the yearly report, and by what a decided case is counted in them. Those of recorded actions are counted from
 * the record; of the others, a database that was in use before has the day on which they begin. Frozen, like 0001. Spec: docs/design/receiver.md#database.
 */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const monthlyCounts: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('monthlyCounts')
      .addColumn('month', 'text', (column) => column.notNull())
      .addColumn('measure', 'text', (column) => column.notNull())
      .addColumn('dimension', 'text', (column) => column.notNull())
      .addColumn('key', 'text', (column) => column.notNull())
      .addColumn('count', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('monthly_counts_pk', ['month', 'measure', 'dimension', 'key'])
      .execute();
    await sql`
      create function refuse_smaller_count() returns trigger language plpgsql as
      $$ begin raise exception 'a count of a month never becomes smaller'; end $$`.execute(db);
    await sql`
      create trigger monthly_counts_only_grow before update on monthly_counts
      for each row when (new.count < old.count) execute function refuse_smaller_count()`.execute(db);
    await sql`
      create trigger monthly_counts_are_kept before delete or truncate on monthly_counts
      for each statement execute function refuse_smaller_count()`.execute(db);
    await db.schema
      .alterTable('cases')
      .addColumn('technology', 'text')
      .addColumn('list', 'text')
      .addColumn('surface', 'text')
      .execute();
    await sql`
      insert into monthly_counts (month, measure, dimension, key, count)
      select to_char(now() at time zone 'utc', 'YYYY-MM'), 'began', 'day', to_char(now() at time zone 'utc', 'YYYY-MM-DD'), 1
      where exists (select 1 from counts) or exists (select 1 from cases) or exists (select 1 from record_entries)`.execute(
      db,
    );
    await sql`
      insert into monthly_counts (month, measure, dimension, key, count)
      select left(e ->> 'time', 7), 'actions', 'action', concat_ws(' ', e ->> 'type', e ->> 'action', e ->> 'role',
        coalesce(e ->> 'before', '-'), coalesce(e ->> 'after', '-')), count(*)
      from (select line::jsonb as e from record_entries) as r
      group by 1, 4`.execute(db);
  },
};
