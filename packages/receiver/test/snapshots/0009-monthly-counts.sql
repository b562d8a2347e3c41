create table "monthly_counts" ("month" text not null, "measure" text not null, "dimension" text not null, "key" text not null, "count" bigint not null, constraint "monthly_counts_pk" primary key ("month", "measure", "dimension", "key"));

      create function refuse_smaller_count() returns trigger language plpgsql as
      $$ begin raise exception 'a count of a month never becomes smaller'; end $$;

      create trigger monthly_counts_only_grow before update on monthly_counts
      for each row when (new.count < old.count) execute function refuse_smaller_count();

      create trigger monthly_counts_are_kept before delete or truncate on monthly_counts
      for each statement execute function refuse_smaller_count();
alter table "cases" add column "technology" text, add column "list" text, add column "surface" text;

      insert into monthly_counts (month, measure, dimension, key, count)
      select to_char(now() at time zone 'utc', 'YYYY-MM'), 'began', 'day', to_char(now() at time zone 'utc', 'YYYY-MM-DD'), 1
      where exists (select 1 from counts) or exists (select 1 from cases) or exists (select 1 from record_entries);

      insert into monthly_counts (month, measure, dimension, key, count)
      select left(e ->> 'time', 7), 'actions', 'action', concat_ws(' ', e ->> 'type', e ->> 'action', e ->> 'role',
        coalesce(e ->> 'before', '-'), coalesce(e ->> 'after', '-')), count(*)
      from (select line::jsonb as e from record_entries) as r
      group by 1, 4;
