/**
 * Indexes the entries of a list version: streams its file, checks it, and merges it into the stored index in one
 * transaction with the manifest. Flow: store-manifests → here → list tables, withdraw. Promise: a manifest is known only after every
 * entry of its file is, and entries that the newest version no longer has are withdrawn with it. Spec: docs/design/receiver.md#entries.
 */
import { setImmediate } from 'node:timers/promises';
import type { ManifestDigest } from '@lodestone/protocol/digest';
import type { TargetReference } from '@lodestone/protocol/paths';
import type { ListManifest } from '@lodestone/protocol/release';
import { type Day, fromInstant, toDay } from '@lodestone/protocol/time';
import { createReleaseCheck, targetUrlPath } from '@lodestone/trust';
import type { Transaction } from 'kysely';
import type { Database, Tables } from '../db/schema.ts';
import { addVersion, parseShard, printShard, type VersionRows } from './entry-index.ts';
import { EntryReader } from './entry-reader.ts';
import type { RepositoryStream } from './stream.ts';
import { LeftEntries, withdrawLeft, type Withdrawn } from './withdraw.ts';

export interface ListVersion {
  reference: TargetReference;
  manifestDigest: ManifestDigest;
  manifest: ListManifest;
}

export async function indexList(
  db: Database,
  stream: RepositoryStream,
  list: ListVersion,
  today: Day,
): Promise<Withdrawn> {
  const { manifest, reference, manifestDigest } = list;
  const rows = await readRows(manifest, stream);
  const lastDay = toDay(fromInstant(manifest.notAfter));
  return db.transaction().execute(async (tx) => {
    const isNew = await tx
      .insertInto('manifests')
      .values({ manifestDigest, reference, version: manifest.version, lastDay })
      .onConflict((conflict) => conflict.columns(['manifestDigest', 'reference']).doNothing())
      .returning('manifestDigest')
      .executeTakeFirst();
    if (!isNew) return { entries: 0, closed: 0 }; // another receiver on this database was first
    return withdrawLeft(tx, reference, await mergeVersion(tx, list, rows), today);
  });
}

async function readRows(manifest: ListManifest, stream: RepositoryStream): Promise<VersionRows> {
  const check = createReleaseCheck(manifest);
  const reader = new EntryReader(manifest.file.length);
  for await (const piece of stream(targetUrlPath(manifest.file), manifest.file.length)) {
    check.update(piece);
    reader.update(piece);
  }
  check.finish();
  return reader.rows();
}

async function mergeVersion(
  tx: Transaction<Tables>,
  { reference, manifest: { version } }: ListVersion,
  rows: VersionRows,
): Promise<LeftEntries> {
  // The row is a lock: of two receivers on one database, the second reads what the first wrote.
  const { version: newest } = await tx
    .insertInto('listIndexes')
    .values({ reference, version })
    .onConflict((conflict) =>
      conflict.column('reference').doUpdateSet(({ fn, ref }) => ({
        version: fn<number>('greatest', [ref('listIndexes.version'), ref('excluded.version')]),
      })),
    )
    .returning('version')
    .executeTakeFirstOrThrow();
  const left = await LeftEntries.of(tx, reference, newest);
  const kept = await tx
    .selectFrom('manifests')
    .select(({ fn }) => fn.min<number>('version').as('oldest'))
    .where('reference', '=', reference)
    .executeTakeFirst();
  for (const shard of await shardsOf(tx, reference, rows)) {
    const stored = await tx
      .selectFrom('listShards')
      .select('data')
      .where('reference', '=', reference)
      .where('shard', '=', shard)
      .executeTakeFirst();
    const before = stored && parseShard(stored.data);
    const after = addVersion(shard, before, rows.get(shard) ?? new Uint32Array(), {
      version,
      oldest: kept?.oldest ?? version,
    });
    left.add(after);
    const data = printShard(after);
    await tx
      .insertInto('listShards')
      .values({ reference, shard, data })
      .onConflict((conflict) => conflict.columns(['reference', 'shard']).doUpdateSet({ data }))
      .execute();
    await setImmediate();
  }
  return left;
}

/** The shards that are stored, and those of the new rows. */
async function shardsOf(
  tx: Transaction<Tables>,
  reference: TargetReference,
  rows: VersionRows,
): Promise<Iterable<number>> {
  const stored = await tx.selectFrom('listShards').select('shard').where('reference', '=', reference).execute();
  return new Set([...stored.map(({ shard }) => shard), ...rows.keys()]);
}
