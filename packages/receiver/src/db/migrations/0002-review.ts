/**
 * Adds review: cases with their state, users, notes, and the record, which the database refuses to change. Windows that
 * had opened before become cases. Frozen, like 0001. Spec: docs/design/receiver.md#database.
 */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const review: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await createCases(db);
    await createUsers(db);
    await createRecord(db);
    await openExistingCases(db);
  },
};

async function createCases(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('cases')
    .addColumn('caseNo', 'integer', (column) => column.generatedAlwaysAsIdentity().primaryKey())
    .addColumn('pseudonym', 'bytea', (column) => column.notNull().check(sql`octet_length(pseudonym) = 16`))
    .addColumn('source', 'text', (column) => column.notNull())
    .addColumn('orderId', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('isDecided', 'boolean', (column) => column.notNull())
    .addColumn('holder', 'text')
    .addColumn('openedDay', 'integer', (column) => column.notNull())
    .addColumn('stateDay', 'integer', (column) => column.notNull())
    .addColumn('dueDay', 'integer')
    .addColumn('newestDay', 'integer', (column) => column.notNull())
    .addColumn('openWindows', 'integer', (column) => column.notNull())
    .addColumn('exactEntries', 'integer', (column) => column.notNull())
    .addColumn('entries', 'integer', (column) => column.notNull())
    .addColumn('days', 'integer', (column) => column.notNull())
    .execute();
  await sql`create unique index cases_undecided on cases (pseudonym, source, order_id) where not is_decided`.execute(
    db,
  );
  await sql`create index cases_by_subject on cases (pseudonym)`.execute(db);
  await sql`create index cases_by_priority on cases ((exact_entries > 0) desc, entries desc, days desc, case_no)`.execute(
    db,
  );
  await db.schema
    .alterTable('countingWindows')
    .addColumn('caseNo', 'integer', (column) => column.references('cases.caseNo').onDelete('set null'))
    .execute();
  await db.schema.createIndex('countingWindowsByCase').on('countingWindows').column('caseNo').execute();
}

async function createUsers(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('users')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('tokenDigest', 'bytea', (column) => column.unique())
    .execute();
}

async function createRecord(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('recordEntries')
    .addColumn('seq', 'integer', (column) => column.primaryKey())
    .addColumn('caseNo', 'integer')
    .addColumn('previous', 'text', (column) => column.notNull().unique())
    .addColumn('line', 'text', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('recordEntriesByCase').on('recordEntries').column('caseNo').execute();
  await sql`
    create function refuse_record_change() returns trigger language plpgsql as
    $$ begin raise exception 'entries of the record are never changed'; end $$`.execute(db);
  await sql`
    create trigger record_entries_are_append_only before update or delete or truncate on record_entries
    for each statement execute function refuse_record_change()`.execute(db);
  await db.schema
    .createTable('caseNotes')
    .addColumn('seq', 'integer', (column) => column.primaryKey().references('recordEntries.seq'))
    .addColumn('caseNo', 'integer', (column) => column.notNull().references('cases.caseNo').onDelete('cascade'))
    .addColumn('text', 'text', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('caseNotesByCase').on('caseNotes').column('caseNo').execute();
}

async function openExistingCases(db: Kysely<unknown>): Promise<void> {
  await sql`
    insert into cases (pseudonym, source, order_id, state, is_decided, opened_day, state_day, due_day, newest_day,
      open_windows, exact_entries, entries, days)
    select w.pseudonym, w.source, w.order_id, case when bool_or(s.evidence = 'exact') then 'new' else 'proposed' end,
      false, min(w.opened_day), min(w.opened_day), min(w.opened_day) + 7, max(w.newest_day),
      count(distinct w.window_no) filter (where w.closed_day is null),
      count(distinct (w.reference, s.entry)) filter (where s.evidence = 'exact' and w.closed_day is null),
      count(distinct (w.reference, s.entry)) filter (where w.closed_day is null), count(distinct s.day)
    from counting_windows w join signals s on s.window_no = w.window_no
    where w.opened_day is not null
    group by w.pseudonym, w.source, w.order_id`.execute(db);
  await sql`
    update counting_windows w set case_no = c.case_no from cases c
    where w.opened_day is not null and c.pseudonym = w.pseudonym and c.source = w.source and c.order_id = w.order_id`.execute(
    db,
  );
}
