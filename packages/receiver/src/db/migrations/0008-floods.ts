/** Adds the entries that many subjects matched at once. Frozen, like 0001. Spec: docs/design/receiver.md#floods. */
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const floods: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('floods')
      .addColumn('floodNo', 'integer', (column) => column.generatedAlwaysAsIdentity().primaryKey())
      .addColumn('reference', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('entry', 'bigint', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('sinceDay', 'integer', (column) => column.notNull())
      .addColumn('subjects', 'integer', (column) => column.notNull())
      .addUniqueConstraint('floodsByEntry', ['reference', 'entry'])
      .execute();
  },
};
