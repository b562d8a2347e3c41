/**
 * Suppresses entries of a list permanently. Devices apply the suppression at their next refresh.
 * Spec: docs/design/contracts.md#suppression, docs/design/authority.md#import
 */
import { check } from '@lodestone/protocol/document';
import { LodestoneError } from '@lodestone/protocol/error';
import { Name } from '@lodestone/protocol/name';
import { toInstant } from '@lodestone/protocol/time';
import { checkPower, openAuthority } from '../keys/authority.ts';
import { ImportRecord } from '../import/import-record.ts';

export interface SuppressOptions {
  directory: string;
  list: string;
  entries: readonly number[];
  /** The person who suppresses, for the private record. */
  by: string;
  now: number;
}

/** @throws {LodestoneError} `ERR_USAGE` for an entry that the list never had; no entry is suppressed then */
export async function suppressEntries({ directory, list, entries, by, now }: SuppressOptions): Promise<void> {
  const authority = await openAuthority(directory);
  checkPower(authority, 'lists', 'lists');
  const record = await ImportRecord.open(authority.paths.record, check(Name, list, 'list'));
  const unknown = entries.find((entry) => !record.has(entry));
  if (unknown !== undefined)
    throw new LodestoneError('ERR_USAGE', `list ${list} has no entry ${unknown}; no entry was suppressed`);
  for (const entry of entries) record.suppress(entry, { at: toInstant(now), by });
  await record.save();
}
