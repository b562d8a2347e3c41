/** Adds indexes for two pages of the console that read whole tables: who holds cases, and contests that wait. Frozen, like 0001. Spec: docs/design/receiver.md#database. */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const consoleIndexes: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`create index cases_by_holder on cases (holder) where holder is not null`.execute(db);
    await sql`create index contests_waiting on contests (due_day, contest_no) where case_no is not null and outcome is null`.execute(
      db,
    );
  },
};
