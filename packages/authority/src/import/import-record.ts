/**
 * The private record of a list: every imported row, with who, when and from where, and every suppressed entry. It is never
 * published. A folder of NDJSON files, one for each import or suppression; existing files never change.
 * Promise: an entry number is never reused. Spec: docs/design/authority.md#import
 */
import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readdir } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod/mini';
import { check } from '@lodestone/protocol/document';
import { LodestoneError } from '@lodestone/protocol/error';
import type { ListRecord as ListedRow } from '@lodestone/protocol/list-file';
import { Name } from '@lodestone/protocol/name';
import { LIST_PURPOSES, type ListPurpose } from '@lodestone/protocol/purpose';
import { Instant } from '@lodestone/protocol/time';
import { messageOf } from '../keys/authority.ts';
import { removeLeftovers, writeNew } from '../repository/atomic-files.ts';

/** A row of a locked list is a PDQ row here: it is locked when it is published. */
export type RowType = Exclude<ListedRow['type'], 'locked'>;
const TYPES = ['pdq', 'sha256', 'vpdq'] as const satisfies readonly RowType[];

/** How the PDQ rows of a list are published: readable, or locked. */
export type ListForm = 'plain' | 'locked';

/** Who imported or suppressed something, and when. */
export interface Provenance {
  at: Instant;
  by: string;
}
interface RowLine extends Provenance {
  line: 'row';
  entry: number;
  type: RowType;
  /** Hex. */
  payload: string;
  /** File or line of the imported source. */
  source: string;
  /** PDQ quality, 0 to 100, if the picture was hashed here. */
  quality?: number | undefined;
  /** What was cut of the picture before it was hashed. */
  crop?: string | undefined;
  /** In a locked list: the numbers of the 16 subsets in hex, the one first that edits of the picture change least. */
  subsets?: string | undefined;
}
/** Written with the first import of a locked list. Without it a list is plain. */
interface FormLine extends Provenance {
  line: 'form';
  form: Exclude<ListForm, 'plain'>;
}
/** Written with the first import. A list keeps its purpose. */
interface PurposeLine extends Provenance {
  line: 'purpose';
  purpose: ListPurpose;
}
interface SuppressedLine extends Provenance {
  line: 'suppressed';
  entry: number;
}
type Line = FormLine | PurposeLine | RowLine | SuppressedLine;

const entry: z.ZodMiniType<number> = z.int().check(z.gte(1), z.lte(0xffffffff));
const provenance = { at: Instant, by: z.string() };
const Line: z.ZodMiniType<Line> = z.union([
  z.strictObject({ line: z.literal('form'), ...provenance, form: z.literal('locked') }),
  z.strictObject({ line: z.literal('purpose'), ...provenance, purpose: z.enum(LIST_PURPOSES) }),
  z.strictObject({
    line: z.literal('row'),
    ...provenance,
    entry,
    type: z.enum(TYPES),
    payload: z.string().check(z.regex(/^(?:[0-9a-f]{64})+$/)),
    source: z.string(),
    quality: z.optional(z.int().check(z.gte(0), z.lte(100))),
    crop: z.optional(z.string()),
    subsets: z.optional(
      z.string().check(
        z.regex(/^[0-9a-f]{16}$/),
        z.refine((digits) => new Set(digits).size === 16, 'not each subset once'),
      ),
    ),
  }),
  z.strictObject({ line: z.literal('suppressed'), ...provenance, entry }),
]);

/** One row of a list. */
export interface Row {
  type: RowType;
  payload: Uint8Array;
  quality?: number;
  /** What was cut of the picture before it was hashed. */
  crop?: string;
  /** In a locked list: the numbers of the 16 subsets in hex, the most stable first. */
  subsets?: string;
}

/** A PDQ row that is to be locked. */
export interface UnlockedRow {
  entry: number;
  pdq: Uint8Array;
  /** Numbers of the subsets, the most stable first; undefined for a row that was imported as a hash. */
  ranking: number[] | undefined;
}

export class ImportRecord {
  readonly list: Name;
  /** Private. What belongs to one list is below it. */
  readonly folder: string;
  /** Row → entry. A list can have millions of rows, so memory holds nothing else of them. */
  readonly #rows = new Map<RowKey, number>();
  readonly #entries = new Set<number>();
  readonly #suppressed = new Set<number>();
  /** Row → its ranking of subsets. Empty in a plain list. */
  readonly #rankings = new Map<RowKey, string>();
  #purpose: ListPurpose | undefined;
  #form: ListForm = 'plain';
  #files: number;
  #unsaved: string[] = [];

  private constructor(list: Name, folder: string, files: number) {
    this.list = list;
    this.folder = folder;
    this.#files = files;
  }

  /** @throws {LodestoneError} `ERR_REPOSITORY` if a line does not match the schema */
  static async open(records: string, list: Name): Promise<ImportRecord> {
    const folder = recordFolder(records, list);
    const names = existsSync(folder) ? await filesOf(folder) : [];
    const record = new ImportRecord(list, folder, names.length);
    for (const name of names) await record.#read(path.join(folder, name));
    return record;
  }

  /** The form of a list, read from its first line only. */
  static async formOf(records: string, list: Name): Promise<ListForm> {
    const folder = recordFolder(records, list);
    const [first] = existsSync(folder) ? await filesOf(folder) : [];
    if (first === undefined) return 'plain';
    const handle = await open(path.join(folder, first));
    for await (const text of handle.readLines()) return text.startsWith('{"line":"form"') ? 'locked' : 'plain';
    return 'plain';
  }

  async #read(file: string): Promise<void> {
    const handle = await open(file);
    let number = 0;
    for await (const text of handle.readLines()) {
      number++;
      try {
        this.#apply(check(Line, JSON.parse(text), 'record'));
      } catch (cause) {
        throw new LodestoneError('ERR_REPOSITORY', `${file}, line ${number}: ${messageOf(cause)}`, { cause });
      }
    }
  }

  #apply(line: Line): void {
    if (line.line === 'purpose') {
      this.#purpose ??= line.purpose;
      return;
    }
    if (line.line === 'form') {
      this.#form = line.form;
      return;
    }
    if (line.line === 'suppressed') this.#suppressed.add(line.entry);
    else this.#applyRow(line);
    this.#entries.add(line.entry);
  }
  #applyRow({ type, payload, entry, subsets }: RowLine): void {
    const key = keyOf({ type, payload: Buffer.from(payload, 'hex') });
    this.#rows.set(key, entry);
    if (subsets !== undefined) this.#rankings.set(key, subsets);
  }

  /** The entry under which a row is or was listed. */
  entryOf(row: Pick<Row, 'type' | 'payload'>): number | undefined {
    return this.#rows.get(keyOf(row));
  }
  isSuppressed(number: number): boolean {
    return this.#suppressed.has(number);
  }
  has(number: number): boolean {
    return this.#entries.has(number);
  }
  /** In ascending order. */
  get suppressed(): number[] {
    return [...this.#suppressed].sort((a, b) => a - b);
  }

  /** A random number that was never used. */
  newEntry(): number {
    for (;;) {
      const number = randomInt(1, 2 ** 32);
      if (!this.#entries.has(number)) return number;
    }
  }

  /** @throws {LodestoneError} `ERR_REPOSITORY` before the first import */
  get purpose(): ListPurpose {
    if (this.#purpose) return this.#purpose;
    throw new LodestoneError('ERR_REPOSITORY', `list ${this.list} has no purpose: import something into it first`);
  }

  /** @throws {LodestoneError} `ERR_IMPORT` if the list has another purpose */
  setPurpose(purpose: ListPurpose, from: Provenance): void {
    if (this.#purpose === undefined) this.#append({ line: 'purpose', purpose, ...from });
    else if (this.#purpose !== purpose)
      throw new LodestoneError(
        'ERR_IMPORT',
        `list ${this.list} has the purpose "${this.#purpose}": import entries of purpose "${purpose}" into a list of another name`,
      );
  }

  get form(): ListForm {
    return this.#form;
  }

  /** Call it before `setPurpose`. @throws {LodestoneError} `ERR_IMPORT` if the list has another form */
  setForm(form: ListForm, from: Provenance): void {
    const isFirstImport = this.#purpose === undefined;
    if (isFirstImport && form === 'locked') this.#append({ line: 'form', form, ...from });
    else if (form !== this.#form) {
      const fix = this.#form === 'locked' ? 'pass --locked' : 'leave out --locked';
      throw new LodestoneError(
        'ERR_IMPORT',
        `list ${this.list} is ${this.#form}, and stays so: ${fix}, or import into a list of another name`,
      );
    }
  }

  add({ type, payload, quality, crop, subsets }: Row, from: Provenance & { entry: number; source: string }): void {
    const hex = Buffer.from(payload).toString('hex');
    this.#append({ line: 'row', type, payload: hex, ...optional({ quality, crop, subsets }), ...from });
  }
  suppress(number: number, from: Provenance): void {
    if (!this.#suppressed.has(number)) this.#append({ line: 'suppressed', entry: number, ...from });
  }
  #append(line: Line): void {
    this.#apply(line);
    this.#unsaved.push(`${JSON.stringify(line)}\n`);
  }

  get activeCount(): number {
    let count = 0;
    for (const entry of this.#rows.values()) if (!this.#suppressed.has(entry)) count++;
    return count;
  }

  /** The rows of a release: all except those of suppressed entries. */
  *active(): Generator<ListedRow & { type: RowType }> {
    for (const [key, entry] of this.#rows) if (!this.#suppressed.has(entry)) yield { entry, ...rowOf(key) };
  }

  /** The PDQ rows of a release, in the order of their import. */
  activePdq(): UnlockedRow[] {
    const rows: UnlockedRow[] = [];
    for (const [key, entry] of this.#rows) {
      if (this.#suppressed.has(entry)) continue;
      const { type, payload } = rowOf(key);
      const digits = this.#rankings.get(key);
      const ranking = digits === undefined ? undefined : Array.from(digits, (digit) => Number.parseInt(digit, 16));
      if (type === 'pdq') rows.push({ entry, pdq: payload, ranking });
    }
    return rows;
  }

  /** Every row that was ever imported: devices may have an older release. */
  *all(): Generator<ListedRow & { type: RowType }> {
    for (const [key, entry] of this.#rows) yield { entry, ...rowOf(key) };
  }

  /** Writes new lines to the next file. @throws {LodestoneError} `ERR_REPOSITORY` if another command has written that file */
  async save(): Promise<void> {
    if (this.#unsaved.length === 0) return;
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const name = `${String(this.#files + 1).padStart(6, '0')}.ndjson`;
    await removeLeftovers(this.folder, ['.0']); // temporary files of `.000001.ndjson` and so on
    await writeNew(path.join(this.folder, name), inBatches(this.#unsaved), { mode: 0o600 });
    this.#files++;
    this.#unsaved = [];
  }
}

type OptionalKeys = Pick<RowLine, 'quality' | 'crop' | 'subsets'>;

/** Without what is undefined: a line of JSON has no such key. */
function optional(keys: OptionalKeys): OptionalKeys {
  return Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined));
}

/** One write per line would dominate the time of an import. */
function* inBatches(lines: readonly string[], size = 4_096): Generator<string> {
  for (let from = 0; from < lines.length; from += size) yield lines.slice(from, from + size).join('');
}

/** Where the record of a list is. */
export function recordFolder(records: string, list: Name): string {
  return path.join(records, list);
}

/** The lists that have a record. A folder without a complete file is left from a first import that was killed. */
export async function listNames(records: string): Promise<Name[]> {
  if (!existsSync(records)) return [];
  const names: Name[] = [];
  for (const folder of await readdir(records, { withFileTypes: true })) {
    if (!folder.isDirectory() || (await filesOf(path.join(records, folder.name))).length === 0) continue;
    names.push(check(Name, folder.name, 'list'));
  }
  return names.sort();
}

/** How many complete files each list has: an import adds one. */
export async function fileCounts(records: string): Promise<Map<Name, number>> {
  const counts = new Map<Name, number>();
  for (const name of await listNames(records)) counts.set(name, (await filesOf(path.join(records, name))).length);
  return counts;
}

/** Complete files: temporary ones have another ending. */
async function filesOf(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith('.ndjson')).sort();
}

/** The type's index in `TYPES`, then the payload with one character for each byte. */
type RowKey = string;

function keyOf({ type, payload }: Pick<Row, 'type' | 'payload'>): RowKey {
  return (
    String.fromCharCode(TYPES.indexOf(type)) +
    Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString('latin1')
  );
}

function rowOf(key: RowKey): Pick<Row, 'type' | 'payload'> {
  return { type: TYPES[key.charCodeAt(0)] as RowType, payload: Buffer.from(key.slice(1), 'latin1') };
}
