/**
 * The escrow of a published locked list: its seed, parameters and rows, for an auditor who writes the file again.
 * Promise: it has the rows of the release that is published, also if entries were suppressed since. Spec: docs/design/authority.md#locked-lists
 */
import path from 'node:path';
import { LodestoneError } from '@lodestone/protocol/error';
import { parseRelease, records } from '@lodestone/protocol/list-file';
import { type EscrowRow, printEscrow } from '@lodestone/protocol/locked-escrow';
import type { Name } from '@lodestone/protocol/name';
import { listManifestPath } from '@lodestone/protocol/paths';
import { ImportRecord, listNames, recordFolder } from '../import/import-record.ts';
import { openAuthority } from '../keys/authority.ts';
import { writeAtomically } from '../repository/atomic-files.ts';
import { readPublishedState, readRelease } from '../repository/published-state.ts';
import { LockedState } from './locked-state.ts';

export interface EscrowOptions {
  directory: string;
  /** Needed if the authority has several locked lists. */
  list?: string | undefined;
  /** The file to write. Secret: whoever has it can read the list. */
  file: string;
}

/** @throws {LodestoneError} `ERR_USAGE` unless one published locked list is meant */
export async function writeEscrow({ directory, list, file }: EscrowOptions): Promise<{ list: string; rows: number }> {
  const { paths } = await openAuthority(directory);
  const name = await lockedListOf({ directory, list, file });
  const { files } = await readPublishedState(paths);
  const published = await readRelease(paths, files, listManifestPath(name));
  const state = await LockedState.open(recordFolder(paths.record, name));
  if (!published) throw new LodestoneError('ERR_USAGE', `list ${name} has not been published yet`);
  if (!state)
    throw new LodestoneError(
      'ERR_REPOSITORY',
      `list ${name}: the folder "locked" of its record is gone; restore it from a backup`,
    );
  const byPayload = new Map(Array.from(state.rows, (row) => [keyOf(row.payload), row]));
  const rows: EscrowRow[] = [];
  for (const { type, entry, payload } of records(parseRelease(published.file))) {
    if (type !== 'locked') continue;
    const row = byPayload.get(keyOf(payload));
    if (!row)
      throw new LodestoneError(
        'ERR_REPOSITORY',
        `list ${name}: the record does not have a published row of entry ${entry}; restore the folder "locked" of its record from a backup`,
      );
    rows.push({ pdq: row.pdq, entry, log2Guesses: Math.min(...row.log2Guesses), slots: row.slots });
  }
  const { seed, parameters } = state;
  await writeAtomically(file, printEscrow({ seed, parameters, rows }), { mode: 0o600 });
  return { list: name, rows: rows.length };
}

const keyOf = (payload: Uint8Array): string => Buffer.from(payload).toString('latin1');

/** The list that an escrow is of. @throws {LodestoneError} `ERR_USAGE` unless one locked list is meant, or for a file that would be served */
export async function lockedListOf({ directory, list, file }: EscrowOptions): Promise<Name> {
  const { record, repository } = (await openAuthority(directory)).paths;
  if (path.resolve(file).startsWith(path.resolve(repository) + path.sep))
    throw new LodestoneError(
      'ERR_USAGE',
      `${file} would be served with the repository, and an escrow has every row: name a file outside of ${repository}`,
    );
  const locked: Name[] = [];
  for (const name of await listNames(record)) {
    if ((await ImportRecord.formOf(record, name)) === 'locked') locked.push(name);
  }
  const [first, ...others] = locked.filter((name) => list === undefined || name === list);
  if (first === undefined || others.length > 0) {
    const found =
      locked.length > 0
        ? `the locked lists are ${locked.join(', ')}: name one with --escrow-list`
        : 'there is no locked list: leave out --escrow';
    throw new LodestoneError('ERR_USAGE', `an escrow is of one locked list, and ${found}`);
  }
  return first;
}
