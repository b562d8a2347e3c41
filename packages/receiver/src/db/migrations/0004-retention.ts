/**
 * Adds what retention by outcome needs: the decision about each case, the day from which its retention counts, and legal
 * holds. Number 0003 is that of contests. Frozen, like 0001. Spec: docs/design/receiver.md#database.
 */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const retention: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .alterTable('cases')
      .addColumn('decision', 'text')
      .addColumn('decidedDay', 'integer')
      .addColumn('heldDay', 'integer')
      .execute();
    await sql`
      update cases c set decided_day = state_day, decision = case
        when exists (select 1 from record_entries r where r.case_no = c.case_no and r.line like '%"after":"confirmed"%')
        then 'confirm' else 'dismiss' end
      where is_decided`.execute(db);
    await sql`create index cases_held on cases (case_no) where held_day is not null`.execute(db);
  },
};
