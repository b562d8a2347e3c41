/** Renames what a link stores: not the second factor any more, but a salt from which it follows with the link's token. Frozen, like 0001. Spec: docs/design/receiver.md#database. */
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const totpSalts: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('signInLinks').renameColumn('totpSecret', 'totpSalt').execute();
  },
};
