alter table "callbacks" add column "target" text default 'contests' not null, add column "case_no" integer references "cases" ("case_no") on delete cascade;
alter table "callbacks" alter column "contest_no" drop not null;
create index "callbacks_by_case" on "callbacks" ("case_no");
