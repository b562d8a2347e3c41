/**
 * Adds contests: the receipts of decided cases, what users contest, the callbacks that tell the outcome, and feedback for the
 * authorities of lists. Frozen, like 0001.
 * Spec: docs/design/receiver.md#database.
 */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const contests: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('cases').addColumn('markedDay', 'integer').execute();
    await createReceipts(db);
    await createContests(db);
    await createCallbacks(db);
    await db.schema
      .createTable('feedback')
      .addColumn('feedbackNo', 'integer', (column) => column.generatedAlwaysAsIdentity().primaryKey())
      .addColumn('reference', 'text', (column) => column.notNull())
      .addColumn('entry', 'bigint', (column) => column.notNull())
      .addColumn('evidence', 'text', (column) => column.notNull())
      .addColumn('reason', 'text', (column) => column.notNull())
      .addColumn('day', 'integer', (column) => column.notNull())
      .execute();
  },
};

async function createReceipts(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('caseReceipts')
    .addColumn('receipt', 'text', (column) => column.primaryKey())
    .addColumn('caseNo', 'integer', (column) => column.notNull().references('cases.caseNo').onDelete('cascade'))
    .addColumn('reference', 'text', (column) => column.notNull())
    .addColumn('entry', 'bigint', (column) => column.notNull())
    .addColumn('evidence', 'text', (column) => column.notNull())
    .addColumn('isMarked', 'boolean', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('caseReceiptsByCase').on('caseReceipts').column('caseNo').execute();
  await db.schema.createIndex('caseReceiptsByEntry').on('caseReceipts').columns(['reference', 'entry']).execute();
}

async function createContests(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('contests')
    .addColumn('contestNo', 'integer', (column) => column.generatedAlwaysAsIdentity().primaryKey())
    .addColumn('receipt', 'text', (column) => column.notNull().unique())
    .addColumn('caseNo', 'integer', (column) => column.references('cases.caseNo').onDelete('cascade'))
    .addColumn('text', 'text', (column) => column.notNull())
    .addColumn('receivedDay', 'integer', (column) => column.notNull())
    .addColumn('dueDay', 'integer', (column) => column.notNull())
    .addColumn('outcome', 'text')
    .addColumn('reason', 'text')
    .addColumn('answer', 'text')
    .addColumn('outcomeDay', 'integer')
    .execute();
  await db.schema.createIndex('contestsByCase').on('contests').column('caseNo').execute();
}

async function createCallbacks(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('callbacks')
    .addColumn('callbackId', 'text', (column) => column.primaryKey())
    .addColumn('contestNo', 'integer', (column) =>
      column.notNull().references('contests.contestNo').onDelete('cascade'),
    )
    .addColumn('body', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('nextAt', 'bigint', (column) => column.notNull())
    .addColumn('lastAnswer', 'text')
    .addColumn('createdDay', 'integer', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('callbacksByContest').on('callbacks').column('contestNo').execute();
  await sql`create index callbacks_due on callbacks (next_at) where state = 'due'`.execute(db);
}
