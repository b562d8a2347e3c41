/** Adds the texts of decisions about floods, and look-ups that wait in the console for their second signature. Frozen, like 0001. Spec: docs/design/receiver.md#database. */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const floodsAndLookups: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('floodNotes')
      .addColumn('seq', 'integer', (column) => column.primaryKey().references('recordEntries.seq'))
      .addColumn('floodNo', 'integer', (column) => column.notNull().references('floods.floodNo').onDelete('cascade'))
      .addColumn('text', 'text', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('floodNotesByFlood').on('floodNotes').column('floodNo').execute();
    await sql`create index floods_by_day on floods (since_day desc, flood_no desc)`.execute(db);
    await db.schema
      .createTable('lookups')
      .addColumn('lookupNo', 'integer', (column) => column.generatedAlwaysAsIdentity().primaryKey())
      .addColumn('caseNo', 'integer', (column) => column.notNull().references('cases.caseNo').onDelete('cascade'))
      .addColumn('reason', 'text', (column) => column.notNull())
      .addColumn('endsAt', 'bigint', (column) => column.notNull())
      .addColumn('askedBy', 'text', (column) => column.notNull())
      .addColumn('askedRole', 'text', (column) => column.notNull())
      .addColumn('askedSignature', 'text', (column) => column.notNull())
      .addColumn('signedBy', 'text')
      .addColumn('signedRole', 'text')
      .addColumn('signedSignature', 'text')
      .execute();
    await db.schema.createIndex('lookupsByCase').on('lookups').column('caseNo').execute();
  },
};
