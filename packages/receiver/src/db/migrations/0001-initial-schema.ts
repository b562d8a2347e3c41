/**
 * Creates the tables of the first release; ../schema.ts explains the columns. Every name is a literal, so the SQL does
 * not change when a list in the code does. Frozen: from the first release on, a change is a new migration.
 * Spec: docs/design/receiver.md#database.
 */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const initialSchema: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await createInputTables(db);
    await createSignalTables(db);
    await createCountTables(db);
  },
};

async function createInputTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('orders')
    .addColumn('orderNo', 'integer', (column) => column.generatedAlwaysAsIdentity().primaryKey())
    .addColumn('orderDigest', 'text', (column) => column.notNull().unique())
    .addColumn('source', 'text', (column) => column.notNull())
    .addColumn('orderId', 'text', (column) => column.notNull())
    .addColumn('document', 'bytea', (column) => column.notNull())
    .execute();

  await db.schema
    .createTable('manifests')
    .addColumn('manifestDigest', 'text', (column) => column.notNull())
    .addColumn('reference', 'text', (column) => column.notNull())
    .addColumn('version', 'integer')
    .addPrimaryKeyConstraint('manifests_pk', ['manifestDigest', 'reference'])
    .execute();

  await db.schema
    .createTable('sources')
    .addColumn('source', 'text', (column) => column.notNull())
    .addColumn('pinnedRootDigest', 'text', (column) => column.notNull())
    .addColumn('revision', 'integer', (column) => column.notNull())
    .addColumn('root', 'bytea', (column) => column.notNull())
    .addColumn('timestamp', 'bytea')
    .addColumn('snapshot', 'bytea')
    .addColumn('targets', 'bytea')
    .addPrimaryKeyConstraint('sources_pk', ['source', 'pinnedRootDigest'])
    .execute();
}

async function createSignalTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('signalIds')
    .addColumn('signalId', 'bytea', (column) => column.primaryKey().check(sql`octet_length(signal_id) = 16`))
    .addColumn('deleteAfter', 'integer', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('signalIdsByDay').on('signalIds').column('deleteAfter').execute();

  await db.schema
    .createTable('signals')
    .addColumn('signalId', 'bytea', (column) =>
      column.primaryKey().references('signalIds.signalId').onDelete('cascade'),
    )
    .addColumn('pseudonym', 'bytea', (column) => column.notNull().check(sql`octet_length(pseudonym) = 16`))
    .addColumn('orderNo', 'integer', (column) => column.notNull().references('orders.orderNo'))
    .addColumn('manifestDigest', 'text', (column) => column.notNull())
    .addColumn('reference', 'text')
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('entry', 'bigint', (column) => column.notNull())
    .addColumn('level', 'smallint', (column) => column.notNull())
    .addColumn('surface', 'text', (column) => column.notNull())
    .addColumn('media', 'text', (column) => column.notNull())
    .addColumn('day', 'integer', (column) => column.notNull())
    .addColumn('countingWindowStart', 'integer', (column) => column.notNull())
    .addColumn('threshold', 'smallint', (column) => column.notNull())
    .addColumn('arrivalDay', 'integer', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('signalsByPseudonym').on('signals').column('pseudonym').execute();
  await db.schema.createIndex('signalsByArrivalDay').on('signals').column('arrivalDay').execute();
  await db.schema
    .createIndex('signalsWithoutReference')
    .on('signals')
    .column('manifestDigest')
    .where(sql.ref('reference'), 'is', null)
    .execute();
}

async function createCountTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('counts')
    .addColumn('day', 'integer', (column) => column.primaryKey())
    .addColumn('counted', 'bigint', (column) => column.notNull())
    .addColumn('duplicate', 'bigint', (column) => column.notNull())
    .addColumn('cover', 'bigint', (column) => column.notNull())
    .addColumn('malformed', 'bigint', (column) => column.notNull())
    .addColumn('decryptionFailed', 'bigint', (column) => column.notNull())
    .addColumn('unknownOrder', 'bigint', (column) => column.notNull())
    .addColumn('dayOutOfRange', 'bigint', (column) => column.notNull())
    .addColumn('invalidSubjectId', 'bigint', (column) => column.notNull())
    .addColumn('noDetectItem', 'bigint', (column) => column.notNull())
    .execute();

  await db.schema
    .createTable('orderCounts')
    .addColumn('orderNo', 'integer', (column) => column.notNull().references('orders.orderNo').onDelete('cascade'))
    .addColumn('day', 'integer', (column) => column.notNull())
    .addColumn('signals', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('order_counts_pk', ['orderNo', 'day'])
    .execute();
}
