/**
 * Takes a folder of pictures, or a CSV file of hashes, into a list's record. Flow: candidates → fitness → record.
 * Promise: the same thing again changes nothing; what is refused is said, with its reason; nothing is saved by half.
 */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { check } from '@lodestone/protocol/document';
import { LodestoneError } from '@lodestone/protocol/error';
import { Name } from '@lodestone/protocol/name';
import { toInstant } from '@lodestone/protocol/time';
import { checkPower, messageOf, openAuthority } from '../keys/authority.ts';
import type { Candidate, Refusal } from './candidate.ts';
import { readHashes } from './hashes.ts';
import { readPictures } from './pictures.ts';
import { ListRecord, type Provenance, type RowType } from './record.ts';

export interface ImportOptions {
  directory: string;
  list: string;
  /** A folder of pictures or a CSV file. */
  source: string;
  /** Who imports, for the private record. */
  by: string;
  now: number;
  /** Take the SHA-256 of the folder's files too. False. */
  exact?: boolean;
}

export interface ImportReport {
  taken: { source: string; entry: number; types: RowType[] }[];
  /** Listed before, under this entry. */
  known: { source: string; entry: number }[];
  /** Refused as a whole, or, where it is taken too, in part. */
  refused: Refusal[];
}

/** @throws {LodestoneError} `ERR_IMPORT` where the source cannot be read, or nothing in it may be listed */
export async function importList({
  directory,
  list,
  source,
  by,
  now,
  exact = false,
}: ImportOptions): Promise<ImportReport> {
  const authority = await openAuthority(directory);
  checkPower(authority, 'lists', 'lists');
  const record = await ListRecord.open(authority.paths.record, check(Name, list, 'list'));
  const report: ImportReport = { taken: [], known: [], refused: [] };
  for await (const candidate of await open(source, exact)) {
    enter(record, candidate, { at: toInstant(now), by }, report);
  }
  if (report.taken.length + report.known.length === 0) {
    const [first] = report.refused;
    throw new LodestoneError(
      'ERR_IMPORT',
      `${source}: ${first ? `nothing can be listed (${first.source}: ${first.why})` : 'there is nothing in it'}`,
    );
  }
  await record.save();
  return report;
}

async function open(
  source: string,
  exact: boolean,
): Promise<AsyncIterable<Candidate | Refusal> | Iterable<Candidate | Refusal>> {
  try {
    if ((await stat(source)).isDirectory()) return readPictures(source, exact);
    return readHashes(path.basename(source), await readFile(source, 'utf8'));
  } catch (cause) {
    throw new LodestoneError('ERR_IMPORT', `${source} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

/** Gives a candidate its entry, and takes what is new of it. */
function enter(record: ListRecord, candidate: Candidate | Refusal, from: Provenance, report: ImportReport): void {
  const { source } = candidate;
  if ('why' in candidate) {
    report.refused.push(candidate);
    return;
  }
  if (candidate.partly !== undefined) report.refused.push({ source, why: candidate.partly });
  const { rows } = candidate;
  const before = rows.map((row) => record.entryOf(row)).find((number) => number !== undefined);
  const entry = candidate.entry ?? before ?? record.newEntry();
  const why = conflict(record, candidate, entry);
  if (why !== undefined) {
    report.refused.push({ source, why });
    return;
  }
  const fresh = rows.filter((row) => record.entryOf(row) === undefined);
  for (const row of fresh) record.take(row, { entry, source, ...from });
  if (fresh.length > 0) report.taken.push({ source, entry, types: fresh.map(({ type }) => type) });
  else report.known.push({ source, entry });
}

/** An entry number belongs to one thing for ever: it is neither moved nor revived. */
function conflict(record: ListRecord, { rows, entry: stated }: Candidate, entry: number): string | undefined {
  const other = rows.map((row) => record.entryOf(row)).find((number) => number !== undefined && number !== entry);
  if (stated !== undefined && other !== undefined) return `listed under entry ${other}, not ${stated}`;
  return record.isSuppressed(entry) ? `entry ${entry} was suppressed` : undefined;
}
