create table "cases" ("case_no" integer generated always as identity primary key, "pseudonym" bytea not null check (octet_length(pseudonym) = 16), "source" text not null, "order_id" text not null, "state" text not null, "is_decided" boolean not null, "holder" text, "opened_day" integer not null, "state_day" integer not null, "due_day" integer, "newest_day" integer not null, "open_windows" integer not null, "exact_entries" integer not null, "entries" integer not null, "days" integer not null);
create unique index cases_undecided on cases (pseudonym, source, order_id) where not is_decided;
create index cases_by_subject on cases (pseudonym);
create index cases_by_priority on cases ((exact_entries > 0) desc, entries desc, days desc, case_no);
alter table "counting_windows" add column "case_no" integer references "cases" ("case_no") on delete set null;
create index "counting_windows_by_case" on "counting_windows" ("case_no");
create table "users" ("name" text primary key, "role" text not null, "token_digest" bytea unique);
create table "record_entries" ("seq" integer primary key, "case_no" integer, "previous" text not null unique, "line" text not null);
create index "record_entries_by_case" on "record_entries" ("case_no");

    create function refuse_record_change() returns trigger language plpgsql as
    $$ begin raise exception 'entries of the record are never changed'; end $$;

    create trigger record_entries_are_append_only before update or delete or truncate on record_entries
    for each statement execute function refuse_record_change();
create table "case_notes" ("seq" integer primary key references "record_entries" ("seq"), "case_no" integer not null references "cases" ("case_no") on delete cascade, "text" text not null);
create index "case_notes_by_case" on "case_notes" ("case_no");

    insert into cases (pseudonym, source, order_id, state, is_decided, opened_day, state_day, due_day, newest_day,
      open_windows, exact_entries, entries, days)
    select w.pseudonym, w.source, w.order_id, case when bool_or(s.evidence = 'exact') then 'new' else 'proposed' end,
      false, min(w.opened_day), min(w.opened_day), min(w.opened_day) + 7, max(w.newest_day),
      count(distinct w.window_no) filter (where w.closed_day is null),
      count(distinct (w.reference, s.entry)) filter (where s.evidence = 'exact' and w.closed_day is null),
      count(distinct (w.reference, s.entry)) filter (where w.closed_day is null), count(distinct s.day)
    from counting_windows w join signals s on s.window_no = w.window_no
    where w.opened_day is not null
    group by w.pseudonym, w.source, w.order_id;

    update counting_windows w set case_no = c.case_no from cases c
    where w.opened_day is not null and c.pseudonym = w.pseudonym and c.source = w.source and c.order_id = w.order_id;
