alter table "suppressed" add column "cause" text default 'suppression' not null;
alter table "contests" add column "subject_digest" bytea;
create index "contests_by_subject" on "contests" ("subject_digest");
