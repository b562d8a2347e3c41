/**
 * No entry is published both readable and locked: a readable row within the distance at which pictures match would open the locked one,
 * and so would that of the picture turned or mirrored, because the hashes of all orientations follow from one.
 * The PDQ rows of plain lists and the frames of all videos are readable. An entry that a locked list refuses as weak is not locked.
 * Flow: an import's new rows → here → refused, or added. Spec: docs/design/authority.md#locked-lists
 */
import { LodestoneError } from '@lodestone/protocol/error';
import type { Name } from '@lodestone/protocol/name';
import type { LockedParameters } from '@lodestone/protocol/locked-rows';
import { LockedEntries } from '../locked/locked-entries.ts';
import { fileCounts, ImportRecord, type ListForm, type Row } from './import-record.ts';
import { hashesIn, type NamedHash, NearHashes } from './near-hashes.ts';
import { formOfRow } from './readable-rows.ts';

type HashedRow = Pick<Row, 'type' | 'payload'>;

export interface OtherForm {
  /** Of the list of this import, if it is locked and has been published. */
  readonly parameters: LockedParameters | undefined;
  /** Why these rows cannot be listed under the entry, or undefined. */
  conflict(rows: readonly HashedRow[], entry: number): string | undefined;
  /** Another locked list that has one of these rows, and may publish it. */
  otherLocked(rows: readonly HashedRow[]): { list: Name; entry: number } | undefined;
  /** Call it for each row that is added. */
  add(row: HashedRow, entry: number): void;
  /**
   * Call it before the import is saved.
   * @throws {LodestoneError} `ERR_REPOSITORY` if another command has saved or locked rows of the other form since
   */
  checkUnchanged(): Promise<void>;
}

/** @param into the list of this import, whose form is known */
export async function openOtherForm(records: string, into: ImportRecord): Promise<OtherForm> {
  const before = await fileCounts(records);
  const others = [...before.keys()].filter((name) => name !== into.list);
  const forms = await Promise.all(others.map((name) => ImportRecord.formOf(records, name)));
  if (into.form === 'plain' && forms.every((form) => form === 'plain'))
    return {
      parameters: undefined,
      conflict: () => undefined,
      otherLocked: () => undefined,
      add: () => {},
      checkUnchanged: () => checkFiles(records, into, before),
    };
  const lists = [into];
  for (const name of others) lists.push(await ImportRecord.open(records, name));
  return new Compared(records, into, { before, locked: await lockedOf(lists), hashes: await hashesOf(lists) });
}

class Compared implements OtherForm {
  readonly #records: string;
  readonly #into: ImportRecord;
  readonly #before: ReadonlyMap<Name, number>;
  readonly #locked: ReadonlyMap<Name, LockedEntries>;
  readonly #hashes: Record<ListForm, NearHashes>;

  constructor(
    records: string,
    into: ImportRecord,
    of: {
      before: ReadonlyMap<Name, number>;
      locked: ReadonlyMap<Name, LockedEntries>;
      hashes: Record<ListForm, NearHashes>;
    },
  ) {
    this.#records = records;
    this.#into = into;
    this.#before = of.before;
    this.#locked = of.locked;
    this.#hashes = of.hashes;
  }

  get parameters(): LockedParameters | undefined {
    return this.#locked.get(this.#into.list)?.state?.parameters;
  }

  conflict(rows: readonly HashedRow[], entry: number): string | undefined {
    const isLocked = this.#into.form === 'locked' && rows.some(({ type }) => type === 'pdq');
    // A row that was refused can be listed plainly by now. Another row of its entry would lock that entry.
    const earlier = isLocked ? (this.#locked.get(this.#into.list)?.rowsOf(entry) ?? []) : [];
    const all = [...rows, ...earlier.map((payload): HashedRow => ({ type: 'pdq', payload }))];
    for (const row of all) {
      const why = row.type === 'sha256' ? undefined : this.#conflictOf(row, formOfRow(row.type, this.#into.form));
      if (why !== undefined) return why;
    }
    return undefined;
  }

  #conflictOf(row: HashedRow, own: ListForm): string | undefined {
    for (const hash of hashesIn(row))
      for (const near of this.#hashes[own === 'plain' ? 'locked' : 'plain'].near(hash)) {
        const about = `${near.distance} bits from entry ${near.entry} of list ${near.list}`;
        if (own === 'locked')
          return `${about}, which is readable: a locked row cannot be listed in addition, because the readable one would open the locked one`;
        const by = this.#locked.get(near.list)?.lockedBy(near.entry, near.hash) ?? 'the row';
        if (by === 'none') continue;
        const why = 'a readable row cannot be listed in addition, because the readable one would open the locked one';
        if (by === 'the row') return `${about}, which is locked: ${why}`;
        return `${about}, which is locked by other rows, such as crops: ${why}`;
      }
    return undefined;
  }

  otherLocked(rows: readonly HashedRow[]): { list: Name; entry: number } | undefined {
    for (const { type, payload } of rows.filter((row) => row.type === 'pdq'))
      for (const [list, entries] of this.#locked) {
        const entry = list === this.#into.list ? undefined : entries.record.entryOf({ type, payload });
        if (entry !== undefined && entries.lockedBy(entry, payload) === 'the row') return { list, entry };
      }
    return undefined;
  }

  add(row: HashedRow, entry: number): void {
    if (row.type === 'sha256') return;
    const { list, form } = this.#into;
    this.#hashes[formOfRow(row.type, form)].add(...hashesIn(row).map((hash) => ({ hash, list, entry })));
    this.#locked.get(list)?.add(row, entry);
  }

  async checkUnchanged(): Promise<void> {
    await checkFiles(this.#records, this.#into, this.#before);
    for (const [list, entries] of this.#locked) {
      const entry = await entries.nowLocked();
      if (entry !== undefined)
        throw new LodestoneError(
          'ERR_REPOSITORY',
          `another command has locked entry ${entry} of list ${list} in the meantime: import again`,
        );
    }
  }
}

async function checkFiles(records: string, into: ImportRecord, before: ReadonlyMap<Name, number>): Promise<void> {
  for (const [name, count] of await fileCounts(records)) {
    if (name === into.list || count === before.get(name)) continue;
    if (into.form === 'locked' || (await ImportRecord.formOf(records, name)) === 'locked')
      throw new LodestoneError(
        'ERR_REPOSITORY',
        `another command has imported into list ${name} in the meantime, and its rows were not compared with those of list ${into.list}: import again`,
      );
  }
}

async function lockedOf(lists: readonly ImportRecord[]): Promise<Map<Name, LockedEntries>> {
  const locked = new Map<Name, LockedEntries>();
  for (const record of lists) if (record.form === 'locked') locked.set(record.list, await LockedEntries.open(record));
  return locked;
}

async function hashesOf(lists: readonly ImportRecord[]): Promise<Record<ListForm, NearHashes>> {
  const named: Record<ListForm, NamedHash[]> = { plain: [], locked: [] };
  for (const record of lists) {
    const { list, form } = record;
    for (const { type, payload, entry } of record.all())
      if (type !== 'sha256')
        named[formOfRow(type, form)].push(...hashesIn({ type, payload }).map((hash) => ({ hash, list, entry })));
  }
  return { plain: await NearHashes.of(named.plain), locked: await NearHashes.of(named.locked) };
}
