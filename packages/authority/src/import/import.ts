/**
 * Imports a source into a list's record. Flow: import format → entries → record.
 * Promise: importing the same source again changes nothing; every refusal is reported with its reason; an import is saved
 * completely or not at all. Spec: docs/design/authority.md#import
 */
import { stat } from 'node:fs/promises';
import * as z from 'zod/mini';
import { check } from '@lodestone/protocol/document';
import { LodestoneError } from '@lodestone/protocol/error';
import { Name } from '@lodestone/protocol/name';
import { LIST_PURPOSES, type ListPurpose } from '@lodestone/protocol/purpose';
import { toInstant } from '@lodestone/protocol/time';
import { checkPower, messageOf, openAuthority } from '../keys/authority.ts';
import { importError, type ImportEntry, type ImportItem, type ReadOptions, type Refusal } from './format.ts';
import { withLock } from '../repository/lock.ts';
import { IMPORT_FORMATS } from './formats.ts';
import { ImportRecord, type ListForm, type Provenance, type RowType } from './import-record.ts';
import { openOtherForm, type OtherForm } from './other-form.ts';
import { weakness } from './weak-rows.ts';

/** A publication that locks rows stores some of them now and then, and an import must not fail by that. */
const SAVING_MS = 5_000;

export interface ImportOptions {
  directory: string;
  list: string;
  /** A file or folder in one of the import formats. */
  source: string;
  /** The same for every import into a list. */
  purpose: ListPurpose;
  /** The same for every import into a list. Devices can match the PDQ rows of a locked list, and cannot read them. Default: plain. */
  form?: ListForm;
  /** The person who imports, for the private record. */
  by: string;
  now: number;
  /** Also list the SHA-256 of each file in a folder. Default: false. */
  exact?: boolean;
  /** Also list the hashes of 20 crops of each picture in a folder, and of what is left without borders of its own, under its entry. Default: false. */
  crops?: boolean;
}

export interface ImportReport {
  form: ListForm;
  /** New rows of a locked list that came as hashes: it is not known which subsets of their bits edits change least. */
  unranked: number;
  added: { source: string; entry: number; types: RowType[] }[];
  /** Already listed under this entry. */
  known: { source: string; entry: number }[];
  /** Of a locked list: pictures with rows that publication will refuse, because they can be guessed too easily. */
  weak: { source: string; entry: number; why: string }[];
  /** Of a locked list: pictures of which another locked list of the authority has the same row. */
  alsoLocked: { source: string; entry: number; list: string; otherEntry: number }[];
  /** Refused completely or, if the source is also in `added` or `known`, in part. */
  refused: Refusal[];
}

/** @throws {LodestoneError} `ERR_IMPORT` if the list has another purpose or form, the source cannot be read, or nothing in it can be listed; `ERR_REPOSITORY` if another import is saved at the same time */
export async function importList({
  directory,
  list,
  source,
  purpose,
  form = 'plain',
  by,
  now,
  exact = false,
  crops = false,
}: ImportOptions): Promise<ImportReport> {
  const authority = await openAuthority(directory);
  checkPower(authority, 'lists', 'lists');
  const record = await ImportRecord.open(authority.paths.record, check(Name, list, 'list'));
  record.setForm(form, { at: toInstant(now), by });
  record.setPurpose(check(z.enum(LIST_PURPOSES), purpose, 'purpose'), { at: toInstant(now), by });
  const otherForm = await openOtherForm(authority.paths.record, record);
  const report: ImportReport = { form, unranked: 0, added: [], known: [], weak: [], alsoLocked: [], refused: [] };
  for await (const item of read(source, { exact, crops, ranked: form === 'locked' })) {
    if ('why' in item) report.refused.push(item);
    else addEntry({ record, otherForm, from: { at: toInstant(now), by }, report }, item);
  }
  if (report.added.length + report.known.length === 0) {
    const [first] = report.refused;
    throw importError(
      `${source}: ${first ? `nothing can be listed (${first.source}: ${first.why})` : 'the source is empty'}`,
    );
  }
  const save = async (): Promise<void> => {
    await otherForm.checkUnchanged();
    await record.save();
  };
  await withLock(authority.paths, save, { what: 'saving an import', waitMs: SAVING_MS });
  return report;
}

async function* read(path: string, options: ReadOptions): AsyncGenerator<ImportItem> {
  try {
    const source = { path, isFolder: (await stat(path)).isDirectory() };
    const format = IMPORT_FORMATS.find((one) => one.accepts(source));
    if (!format) throw importError(`no import format reads ${path}`);
    yield* format.read(source, options);
  } catch (cause) {
    if (cause instanceof LodestoneError) throw cause;
    throw importError(`${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

interface Import {
  record: ImportRecord;
  otherForm: OtherForm;
  from: Provenance;
  report: ImportReport;
}

/** Assigns the entry number and adds the rows that are new. */
function addEntry({ record, otherForm, from, report }: Import, item: ImportEntry): void {
  const { source, rows } = item;
  if (item.partlyRefused !== undefined) report.refused.push({ source, why: item.partlyRefused });
  const listedEntry = rows.map((row) => record.entryOf(row)).find((number) => number !== undefined);
  const entry = item.entry ?? listedEntry ?? record.newEntry();
  const newRows = rows.filter((row) => record.entryOf(row) === undefined);
  const why = conflict(record, item, entry) ?? otherForm.conflict(newRows, entry);
  if (why !== undefined) {
    report.refused.push({ source, why });
    return;
  }
  for (const row of newRows) {
    record.add(row, { entry, source, ...from });
    otherForm.add(row, entry);
    if (record.form === 'locked' && row.type === 'pdq' && row.subsets === undefined) report.unranked++;
  }
  if (record.form === 'locked') reportLocked({ otherForm, report }, { source, entry, rows: newRows });
  if (newRows.length > 0) report.added.push({ source, entry, types: newRows.map(({ type }) => type) });
  else report.known.push({ source, entry });
}

/** What whoever imports into a locked list must know of new rows. */
function reportLocked(
  { otherForm, report }: Pick<Import, 'otherForm' | 'report'>,
  { source, entry, rows }: { source: string; entry: number; rows: ImportEntry['rows'] },
): void {
  const weak = weakness(rows, otherForm.parameters);
  if (weak !== undefined) report.weak.push({ source, entry, why: weak });
  const other = otherForm.otherLocked(rows);
  if (other) report.alsoLocked.push({ source, entry, list: other.list, otherEntry: other.entry });
}

/** An entry number is never reassigned, and a suppressed entry never returns. */
function conflict(record: ImportRecord, { rows, entry: assigned }: ImportEntry, entry: number): string | undefined {
  const other = rows.map((row) => record.entryOf(row)).find((number) => number !== undefined && number !== entry);
  if (assigned !== undefined && other !== undefined) return `already listed under entry ${other}, not ${assigned}`;
  return record.isSuppressed(entry) ? `entry ${entry} is suppressed` : undefined;
}
