/**
 * Keeps a source's trusted TUF metadata in the database, so that rollback and freeze attacks are detected across
 * restarts and across receivers. Flow: refresh → here → database. Spec: docs/design/receiver.md#sources.
 */
import type { Name } from '@lodestone/protocol/name';
import { sha256Hex, type TufState } from '@lodestone/trust';
import type { Database } from '../db/schema.ts';

export interface TrustedState {
  readonly state: TufState;
  save(state: TufState): Promise<void>;
}

/** @param root the pinned `root.json`; trust starts there while nothing is stored for it */
export async function trustedState(db: Database, source: Name, root: Uint8Array): Promise<TrustedState> {
  const pinnedRootDigest = sha256Hex(root);
  const row = await db
    .selectFrom('sources')
    .selectAll()
    .where('source', '=', source)
    .where('pinnedRootDigest', '=', pinnedRootDigest)
    .executeTakeFirst();
  let revision = row?.revision ?? 0;
  return {
    state: row ? stateOf(row) : { root },
    async save({ root, timestamp = null, snapshot = null, targets = null }) {
      const next = { revision: revision + 1, root, timestamp, snapshot, targets };
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('sources')
        .values({ source, pinnedRootDigest, ...next })
        .onConflict((conflict) =>
          conflict.columns(['source', 'pinnedRootDigest']).doUpdateSet(next).where('sources.revision', '=', revision),
        )
        .executeTakeFirstOrThrow();
      // No row written: another receiver on this database saved first, and its metadata stays.
      if (numInsertedOrUpdatedRows === 1n) revision++;
    },
  };
}

type StoredState = { root: Uint8Array } & Record<'timestamp' | 'snapshot' | 'targets', Uint8Array | null>;

function stateOf({ root, timestamp, snapshot, targets }: StoredState): TufState {
  return { root, ...(timestamp && { timestamp }), ...(snapshot && { snapshot }), ...(targets && { targets }) };
}
