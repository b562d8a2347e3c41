/**
 * Which entries of a locked list are published locked, or will be. An entry of which every row is refused as weak is not, nor is one that was
 * suppressed before a row of it was locked: a plain list may have their pictures. Spec: docs/design/authority.md#locked-lists
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { listManifestPath } from '@lodestone/protocol/paths';
import type { ImportRecord, Row } from '../import/import-record.ts';
import { isWeakRow } from '../import/weak-rows.ts';
import { pathsOf } from '../keys/authority.ts';
import { LockedState } from './locked-state.ts';

/** Of an entry: the row itself is or may be locked, only another row of the entry is, or none. */
export type LockedBy = 'the row' | 'another row' | 'none';

export class LockedEntries {
  readonly record: ImportRecord;
  readonly #state: LockedState | undefined;
  /** The folder "locked" of a published list is gone, so nobody knows which rows were locked. */
  readonly #isLost: boolean;
  /** Entry → its PDQ rows. Made when it is first needed: most imports are near to nothing. */
  #byEntry: Map<number, Uint8Array[]> | undefined;
  /** Entries that were found to be not locked: an import relies on it. */
  readonly #notLocked = new Set<number>();

  private constructor(record: ImportRecord, state: LockedState | undefined, isLost: boolean) {
    this.record = record;
    this.#state = state;
    this.#isLost = isLost;
  }

  static async open(record: ImportRecord): Promise<LockedEntries> {
    const state = await LockedState.open(record.folder);
    return new LockedEntries(record, state, state === undefined && isPublished(record));
  }

  get state(): LockedState | undefined {
    return this.#state;
  }

  rowsOf(entry: number): readonly Uint8Array[] {
    return this.#rows.get(entry) ?? [];
  }

  /** Call it for each row that is added to the record. */
  add({ type, payload }: Pick<Row, 'type' | 'payload'>, entry: number): void {
    if (type === 'pdq' && this.#byEntry) addTo(this.#byEntry, entry, payload);
  }

  lockedBy(entry: number, row: Uint8Array): LockedBy {
    if (this.#mayBeLocked(row, entry)) return 'the row';
    if (this.rowsOf(entry).some((one) => this.#mayBeLocked(one, entry))) return 'another row';
    this.#notLocked.add(entry);
    return 'none';
  }

  /** An entry that was found to be not locked, and is by now: a publication that runs at the same time can have locked it. */
  async nowLocked(): Promise<number | undefined> {
    if (this.#notLocked.size === 0) return undefined;
    const state = await LockedState.open(this.record.folder);
    return [...this.#notLocked].find((entry) => this.rowsOf(entry).some((row) => state?.rowOf(row)));
  }

  #mayBeLocked(row: Uint8Array, entry: number): boolean {
    if (this.#isLost || this.#state?.rowOf(row)) return true;
    return !this.record.isSuppressed(entry) && !isWeakRow(row, this.#state?.parameters);
  }

  get #rows(): Map<number, Uint8Array[]> {
    if (!this.#byEntry) {
      this.#byEntry = new Map();
      for (const { type, payload, entry } of this.record.all())
        if (type === 'pdq') addTo(this.#byEntry, entry, payload);
    }
    return this.#byEntry;
  }
}

function isPublished({ folder, list }: ImportRecord): boolean {
  const { repository } = pathsOf(path.join(folder, '../..'));
  return existsSync(path.join(repository, 'targets', path.posix.dirname(listManifestPath(list))));
}

function addTo(rows: Map<number, Uint8Array[]>, entry: number, row: Uint8Array): void {
  const own = rows.get(entry);
  if (own) own.push(row);
  else rows.set(entry, [row]);
}
