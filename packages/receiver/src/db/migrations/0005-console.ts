/**
 * Adds what signing in to the console needs: one-time links, passphrases and second factors, sessions, and attempts.
 * Frozen, like 0001. Spec: docs/design/receiver.md#database.
 */
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const consoleSignIn: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('credentials')
      .addColumn('name', 'text', (column) => column.primaryKey().references('users.name'))
      .addColumn('passphrase', 'text', (column) => column.notNull())
      .addColumn('totpSecret', 'bytea', (column) => column.notNull())
      .addColumn('lastStep', 'integer', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('signInLinks')
      .addColumn('digest', 'bytea', (column) => column.primaryKey())
      .addColumn('name', 'text', (column) => column.notNull().unique().references('users.name'))
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('totpSecret', 'bytea', (column) => column.notNull())
      .addColumn('endsAt', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('sessions')
      .addColumn('digest', 'bytea', (column) => column.primaryKey())
      .addColumn('name', 'text', (column) => column.notNull().references('users.name'))
      .addColumn('startedAt', 'bigint', (column) => column.notNull())
      .addColumn('seenAt', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('sessionsByUser').on('sessions').column('name').execute();
    await db.schema
      .createTable('signInAttempts')
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .execute();
  },
};
