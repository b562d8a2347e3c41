/**
 * Adds why an entry counts no more (suppressed, or no longer in the list), and a hash by which the contests of a deleted case are
 * found. Number 0005 is that of the console. Frozen, like 0001. Spec: docs/design/receiver.md#database.
 */
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const withdrawals: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .alterTable('suppressed')
      .addColumn('cause', 'text', (column) => column.notNull().defaultTo('suppression'))
      .execute();
    await db.schema.alterTable('contests').addColumn('subjectDigest', 'bytea').execute();
    await db.schema.createIndex('contestsBySubject').on('contests').column('subjectDigest').execute();
  },
};
