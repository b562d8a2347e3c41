/** The first tables. See ../schema.ts for what each column is. */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { OUTCOMES } from '../../ingest/outcome.ts';

export const firstTables: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('orders')
      .addColumn('no', 'integer', (column) => column.generatedAlwaysAsIdentity().primaryKey())
      .addColumn('digest', 'text', (column) => column.notNull().unique())
      .addColumn('source', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('document', 'bytea', (column) => column.notNull())
      .execute();

    await db.schema
      .createTable('manifests')
      .addColumn('digest', 'text', (column) => column.notNull())
      .addColumn('reference', 'text', (column) => column.notNull())
      .addColumn('version', 'integer')
      .addPrimaryKeyConstraint('manifests_pk', ['digest', 'reference'])
      .execute();

    await db.schema
      .createTable('sources')
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('pinned', 'text', (column) => column.notNull())
      .addColumn('revision', 'integer', (column) => column.notNull())
      .addColumn('root', 'bytea', (column) => column.notNull())
      .addColumn('timestamp', 'bytea')
      .addColumn('snapshot', 'bytea')
      .addColumn('targets', 'bytea')
      .addPrimaryKeyConstraint('sources_pk', ['name', 'pinned'])
      .execute();

    await db.schema
      .createTable('signalIds')
      .addColumn('id', 'bytea', (column) => column.primaryKey().check(sql`octet_length(id) = 16`))
      .addColumn('deleteAfter', 'integer', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('signalIdsByDay').on('signalIds').column('deleteAfter').execute();

    await db.schema
      .createTable('signals')
      .addColumn('id', 'bytea', (column) => column.primaryKey().references('signalIds.id').onDelete('cascade'))
      .addColumn('pseudonym', 'bytea', (column) => column.notNull().check(sql`octet_length(pseudonym) = 16`))
      .addColumn('orderNo', 'integer', (column) => column.notNull().references('orders.no'))
      .addColumn('manifest', 'text', (column) => column.notNull())
      .addColumn('reference', 'text')
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('entry', 'bigint', (column) => column.notNull())
      .addColumn('level', 'smallint', (column) => column.notNull())
      .addColumn('surface', 'text', (column) => column.notNull())
      .addColumn('media', 'text', (column) => column.notNull())
      .addColumn('day', 'integer', (column) => column.notNull())
      .addColumn('windowStart', 'integer', (column) => column.notNull())
      .addColumn('threshold', 'smallint', (column) => column.notNull())
      .addColumn('arrivedOn', 'integer', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('signalsByPseudonym').on('signals').column('pseudonym').execute();
    await db.schema.createIndex('signalsByArrival').on('signals').column('arrivedOn').execute();
    await db.schema
      .createIndex('signalsUnplaced')
      .on('signals')
      .column('manifest')
      .where(sql.ref('reference'), 'is', null)
      .execute();

    let counts = db.schema.createTable('counts').addColumn('day', 'integer', (column) => column.primaryKey());
    for (const outcome of OUTCOMES) counts = counts.addColumn(outcome, 'bigint', (column) => column.notNull());
    await counts.execute();

    await db.schema
      .createTable('orderCounts')
      .addColumn('orderNo', 'integer', (column) => column.notNull().references('orders.no').onDelete('cascade'))
      .addColumn('day', 'integer', (column) => column.notNull())
      .addColumn('signals', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('order_counts_pk', ['orderNo', 'day'])
      .execute();
  },
};
