create table "flood_notes" ("seq" integer primary key references "record_entries" ("seq"), "flood_no" integer not null references "floods" ("flood_no") on delete cascade, "text" text not null);
create index "flood_notes_by_flood" on "flood_notes" ("flood_no");
create index floods_by_day on floods (since_day desc, flood_no desc);
create table "lookups" ("lookup_no" integer generated always as identity primary key, "case_no" integer not null references "cases" ("case_no") on delete cascade, "reason" text not null, "ends_at" bigint not null, "asked_by" text not null, "asked_role" text not null, "asked_signature" text not null, "signed_by" text, "signed_role" text, "signed_signature" text);
create index "lookups_by_case" on "lookups" ("case_no");
