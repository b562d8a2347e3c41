/**
 * Creates the tables of the first release; ../schema-*.ts explain the columns. Every name is a literal, so the SQL does
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
    .addColumn('lastDay', 'integer')
    .addPrimaryKeyConstraint('manifests_pk', ['manifestDigest', 'reference'])
    .execute();

  await db.schema
    .createTable('lineages')
    .addColumn('source', 'text', (column) => column.notNull())
    .addColumn('orderId', 'text', (column) => column.notNull())
    .addColumn('endsAt', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('lineages_pk', ['source', 'orderId'])
    .execute();

  await createListTables(db);

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

async function createListTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('listIndexes')
    .addColumn('reference', 'text', (column) => column.primaryKey())
    .addColumn('version', 'integer', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('listShards')
    .addColumn('reference', 'text', (column) => column.notNull())
    .addColumn('shard', 'smallint', (column) => column.notNull())
    .addColumn('data', 'bytea', (column) => column.notNull())
    .addPrimaryKeyConstraint('list_shards_pk', ['reference', 'shard'])
    .execute();
  await db.schema
    .createTable('suppressed')
    .addColumn('reference', 'text', (column) => column.notNull())
    .addColumn('entry', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('suppressed_pk', ['reference', 'entry'])
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
    .createTable('waiting')
    .addColumn('signalId', 'bytea', (column) =>
      column.primaryKey().references('signalIds.signalId').onDelete('cascade'),
    )
    .addColumn('plaintext', 'bytea', (column) => column.notNull())
    .addColumn('orderDigest', 'text', (column) => column.notNull())
    .addColumn('manifestDigest', 'text', (column) => column.notNull())
    .addColumn('isVerified', 'boolean', (column) => column.notNull())
    .addColumn('arrivalDay', 'integer', (column) => column.notNull())
    .execute();

  await db.schema
    .createTable('countingWindows')
    .addColumn('windowNo', 'integer', (column) => column.generatedAlwaysAsIdentity().primaryKey())
    .addColumn('pseudonym', 'bytea', (column) => column.notNull().check(sql`octet_length(pseudonym) = 16`))
    .addColumn('source', 'text', (column) => column.notNull())
    .addColumn('orderId', 'text', (column) => column.notNull())
    .addColumn('reference', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('firstDay', 'integer', (column) => column.notNull())
    .addColumn('withinDays', 'smallint', (column) => column.notNull())
    .addColumn('threshold', 'smallint', (column) => column.notNull())
    .addColumn('signals', 'integer', (column) => column.notNull())
    .addColumn('newestDay', 'integer', (column) => column.notNull())
    .addColumn('openedDay', 'integer')
    .addColumn('closedDay', 'integer')
    .addUniqueConstraint('countingWindowsKey', [
      'pseudonym',
      'source',
      'orderId',
      'reference',
      'firstDay',
      'withinDays',
    ])
    .execute();
  await db.schema
    .createIndex('countingWindowsOpened')
    .on('countingWindows')
    .column('openedDay')
    .where(sql.ref('openedDay'), 'is not', null)
    .execute();

  await db.schema
    .createTable('signals')
    .addColumn('signalId', 'bytea', (column) => column.primaryKey())
    .addColumn('windowNo', 'integer', (column) =>
      column.notNull().references('countingWindows.windowNo').onDelete('cascade'),
    )
    .addColumn('orderNo', 'integer', (column) => column.notNull().references('orders.orderNo'))
    .addColumn('manifestDigest', 'text', (column) => column.notNull())
    .addColumn('entry', 'bigint', (column) => column.notNull())
    .addColumn('level', 'smallint', (column) => column.notNull())
    .addColumn('evidence', 'text', (column) => column.notNull())
    .addColumn('surface', 'text', (column) => column.notNull())
    .addColumn('media', 'text', (column) => column.notNull())
    .addColumn('day', 'integer', (column) => column.notNull())
    .addColumn('arrivalDay', 'integer', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('signalsByWindow').on('signals').column('windowNo').execute();
  await db.schema.createIndex('signalsByArrivalDay').on('signals').column('arrivalDay').execute();

  await db.schema
    .createTable('tombstones')
    .addColumn('pseudonymDigest', 'bytea', (column) => column.primaryKey())
    .addColumn('erasedDay', 'integer', (column) => column.notNull())
    .addColumn('deleteAfter', 'integer', (column) => column.notNull())
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
    .addColumn('unknownManifest', 'bigint', (column) => column.notNull())
    .addColumn('endedOrder', 'bigint', (column) => column.notNull())
    .addColumn('dayOutOfRange', 'bigint', (column) => column.notNull())
    .addColumn('invalidSubjectId', 'bigint', (column) => column.notNull())
    .addColumn('noDetectItem', 'bigint', (column) => column.notNull())
    .addColumn('unknownEntry', 'bigint', (column) => column.notNull())
    .addColumn('overLimit', 'bigint', (column) => column.notNull())
    .addColumn('erased', 'bigint', (column) => column.notNull())
    .execute();

  await db.schema
    .createTable('orderCounts')
    .addColumn('orderNo', 'integer', (column) => column.notNull().references('orders.orderNo').onDelete('cascade'))
    .addColumn('day', 'integer', (column) => column.notNull())
    .addColumn('signals', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('order_counts_pk', ['orderNo', 'day'])
    .execute();
}
