/**
 * The rows of an authority that anybody can read: the PDQ rows of its plain lists and the frames of all its videos, also of suppressed entries,
 * because old releases have them. Flow: records → here → publication of a locked list. Spec: docs/design/authority.md#locked-lists
 */
import { fileCounts, ImportRecord, type ListForm, type RowType } from './import-record.ts';
import { hashesIn, type NamedHash, NearHashes, type NearHash } from './near-hashes.ts';

/** In which form devices get a row. Frames of videos are readable in a locked list too. */
export function formOfRow(type: Exclude<RowType, 'sha256'>, form: ListForm): ListForm {
  return type === 'vpdq' ? 'plain' : form;
}

export interface ReadableRows {
  /** A readable row within 31 bits of a hash, in any orientation. */
  near(hash: Uint8Array): NearHash | undefined;
}

export async function readReadableRows(records: string): Promise<ReadableRows> {
  const named: NamedHash[] = [];
  for (const list of (await fileCounts(records)).keys()) {
    const record = await ImportRecord.open(records, list);
    for (const { type, payload, entry } of record.all())
      if (type !== 'sha256' && formOfRow(type, record.form) === 'plain')
        named.push(...hashesIn({ type, payload }).map((hash) => ({ hash, list, entry })));
  }
  if (named.length === 0) return { near: () => undefined };
  const hashes = await NearHashes.of(named);
  return { near: (hash) => hashes.near(hash).next().value };
}
