/** A source's trusted metadata in the database, so that rollback and freeze are seen across restarts and receivers. */
import type { Name } from '@lodestone/protocol/name';
import { sha256Hex, type TufState } from '@lodestone/trust';
import type { Database } from '../db/schema.ts';

export interface TrustedState {
  readonly state: TufState;
  save(state: TufState): Promise<void>;
}

/** @param root the pinned `root.json`: where nothing is stored for it yet, trust begins there */
export async function trustedState(db: Database, name: Name, root: Uint8Array): Promise<TrustedState> {
  const pinned = sha256Hex(root);
  const row = await db
    .selectFrom('sources')
    .selectAll()
    .where('name', '=', name)
    .where('pinned', '=', pinned)
    .executeTakeFirst();
  let revision = row?.revision ?? 0;
  return {
    state: row ? stateOf(row) : { root },
    async save({ root, timestamp = null, snapshot = null, targets = null }) {
      const next = { revision: revision + 1, root, timestamp, snapshot, targets };
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('sources')
        .values({ name, pinned, ...next })
        .onConflict((conflict) =>
          conflict.columns(['name', 'pinned']).doUpdateSet(next).where('sources.revision', '=', revision),
        )
        .executeTakeFirstOrThrow();
      // Nothing written: another receiver on this database was faster, and what it saved stays.
      if (numInsertedOrUpdatedRows === 1n) revision++;
    },
  };
}

type Stored = { root: Uint8Array } & Record<'timestamp' | 'snapshot' | 'targets', Uint8Array | null>;

function stateOf({ root, timestamp, snapshot, targets }: Stored): TufState {
  return { root, ...(timestamp && { timestamp }), ...(snapshot && { snapshot }), ...(targets && { targets }) };
}
