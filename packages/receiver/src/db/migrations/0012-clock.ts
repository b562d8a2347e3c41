/**
 * Adds the last day on which the clock was believed. A database that was in use before has the last day on which a body arrived. Frozen, like
 * 0001. Spec: docs/design/receiver.md#database.
 */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const clock: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`
      create table clock (is_only boolean primary key check (is_only), last_day integer not null)`.execute(db);
    await sql`
      insert into clock select true, max(day) from counts having max(day) is not null`.execute(db);
  },
};
