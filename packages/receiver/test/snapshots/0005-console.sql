create table "credentials" ("name" text primary key references "users" ("name"), "passphrase" text not null, "totp_secret" bytea not null, "last_step" integer not null);
create table "sign_in_links" ("digest" bytea primary key, "name" text not null unique references "users" ("name"), "kind" text not null, "totp_secret" bytea not null, "ends_at" bigint not null);
create table "sessions" ("digest" bytea primary key, "name" text not null references "users" ("name"), "started_at" bigint not null, "seen_at" bigint not null);
create index "sessions_by_user" on "sessions" ("name");
create table "sign_in_attempts" ("name" text not null, "at" bigint not null);
