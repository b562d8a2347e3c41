/** Takes entries off a list for good. It can only remove, and reaches devices at their next refresh. Spec: DESIGN §5. */
import { check } from '@lodestone/protocol/document';
import { LodestoneError } from '@lodestone/protocol/error';
import { Name } from '@lodestone/protocol/name';
import { toInstant } from '@lodestone/protocol/time';
import { checkPower, openAuthority } from '../keys/authority.ts';
import { ListRecord } from '../import/record.ts';

export interface SuppressOptions {
  directory: string;
  list: string;
  entries: readonly number[];
  /** Who suppresses, for the private record. */
  by: string;
  now: number;
}

/** @throws {LodestoneError} `ERR_USAGE` for an entry that the list never had; then none is suppressed */
export async function suppressEntries({ directory, list, entries, by, now }: SuppressOptions): Promise<void> {
  const authority = await openAuthority(directory);
  checkPower(authority, 'lists', 'lists');
  const record = await ListRecord.open(authority.paths.record, check(Name, list, 'list'));
  const unknown = entries.find((entry) => !record.has(entry));
  if (unknown !== undefined) throw new LodestoneError('ERR_USAGE', `the list ${list} has no entry ${unknown}`);
  for (const entry of entries) record.suppress(entry, { at: toInstant(now), by });
  await record.save();
}
