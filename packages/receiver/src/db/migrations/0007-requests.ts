/** Lets callbacks also go to other systems than the account service, because of a case. Frozen, like 0001. Spec: docs/design/receiver.md#database. */
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const requests: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .alterTable('callbacks')
      .addColumn('target', 'text', (column) => column.notNull().defaultTo('contests'))
      .addColumn('caseNo', 'integer', (column) => column.references('cases.caseNo').onDelete('cascade'))
      .execute();
    await db.schema
      .alterTable('callbacks')
      .alterColumn('contestNo', (column) => column.dropNotNull())
      .execute();
    await db.schema.createIndex('callbacksByCase').on('callbacks').column('caseNo').execute();
  },
};
