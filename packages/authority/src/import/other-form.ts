/**
 * No picture is published both readable and locked: a readable row within the distance at which pictures match would open the locked one,
 * and so would that of the picture turned or mirrored, because the hashes of all orientations follow from one.
 * The PDQ rows of plain lists and the frames of all videos are readable. Flow: an import's new rows → here → refused, or added.
 * Spec: docs/design/authority.md#locked-lists
 */
import { distance, type Index, loadPdq, type Pdq } from '@lodestone/pdq';
import { LodestoneError } from '@lodestone/protocol/error';
import type { Name } from '@lodestone/protocol/name';
import { fileCounts, ImportRecord, type ListForm, type Row, type RowType } from './import-record.ts';
import { orientationsOf } from './orientations.ts';

/** The largest distance that an order may set. Spec: docs/design/hashing.md#matching */
const NEAR_BITS = 31;
const PDQ_BYTES = 32;

interface Named {
  hash: Uint8Array;
  list: Name;
  entry: number;
}

/** Hashes of one form: those of earlier imports in an index, and those of this import. */
class Hashes {
  readonly #earlier: Named[];
  readonly #index: Index;
  readonly #added: Named[] = [];

  constructor(pdq: Pdq, earlier: Named[]) {
    this.#earlier = earlier;
    this.#index = pdq.createIndex({ rowCount: earlier.length, kind: 'indexed' });
    for (const { hash } of earlier) this.#index.fill(hash);
  }

  add(...named: Named[]): void {
    this.#added.push(...named);
  }

  /** A row near to the hash in any orientation. */
  near(hash: Uint8Array): (Named & { distance: number }) | undefined {
    const turned = orientationsOf(hash);
    const match = this.#index.queryBatch(turned, NEAR_BITS).flat()[0];
    const earlier = match && this.#earlier[match.row];
    if (earlier) return { ...earlier, distance: match.distance };
    for (const one of this.#added) {
      const bits = Math.min(...turned.map((orientation) => distance(one.hash, orientation)));
      if (bits <= NEAR_BITS) return { ...one, distance: bits };
    }
    return undefined;
  }
}

export interface OtherForm {
  /** Why these rows cannot be listed, or undefined. */
  conflict(rows: readonly Pick<Row, 'type' | 'payload'>[]): string | undefined;
  /** Call it for each row that is added. */
  add(row: Pick<Row, 'type' | 'payload'>, entry: number): void;
  /**
   * Call it before the import is saved.
   * @throws {LodestoneError} `ERR_REPOSITORY` if another command has saved rows of the other form since
   */
  checkUnchanged(): Promise<void>;
}

/** @param into the list of this import, whose form is known */
export async function openOtherForm(records: string, into: ImportRecord): Promise<OtherForm> {
  const before = await fileCounts(records);
  const checkUnchanged = async (): Promise<void> => {
    for (const [name, count] of await fileCounts(records)) {
      if (name === into.list || count === before.get(name)) continue;
      if (into.form === 'locked' || (await ImportRecord.formOf(records, name)) === 'locked')
        throw new LodestoneError(
          'ERR_REPOSITORY',
          `another command has imported into list ${name} in the meantime, and its rows were not compared with those of list ${into.list}: import again`,
        );
    }
  };
  const others = [...before.keys()].filter((name) => name !== into.list);
  const forms = await Promise.all(others.map((name) => ImportRecord.formOf(records, name)));
  if (into.form === 'plain' && forms.every((form) => form === 'plain'))
    return { conflict: () => undefined, add: () => {}, checkUnchanged };
  const lists = [into];
  for (const name of others) lists.push(await ImportRecord.open(records, name));
  const hashes: Record<ListForm, Named[]> = { plain: [], locked: [] };
  for (const list of lists) {
    for (const { type, payload, entry } of list.all())
      if (type !== 'sha256') hashes[formOf(type, list)].push(...named(payload, list, entry));
  }
  const pdq = await loadPdq();
  const ofForm: Record<ListForm, Hashes> = {
    plain: new Hashes(pdq, hashes.plain),
    locked: new Hashes(pdq, hashes.locked),
  };
  return {
    conflict(rows) {
      for (const { type, payload } of rows) {
        if (type === 'sha256') continue;
        const [own, other] =
          formOf(type, into) === 'plain' ? (['readable', 'locked'] as const) : (['locked', 'plain'] as const);
        for (const hash of hashesIn(payload)) {
          const near = ofForm[other].near(hash);
          if (near)
            return `${near.distance} bits from entry ${near.entry} of list ${near.list}, which is ${other === 'plain' ? 'readable' : 'locked'}: a ${own} row cannot be listed in addition, because the readable one would open the locked one`;
        }
      }
      return undefined;
    },
    add({ type, payload }, entry) {
      if (type !== 'sha256') ofForm[formOf(type, into)].add(...named(payload, into, entry));
    },
    checkUnchanged,
  };
}

/** Frames of videos are readable in a locked list too. */
function formOf(type: RowType, { form }: ImportRecord): ListForm {
  return type === 'vpdq' ? 'plain' : form;
}

function named(payload: Uint8Array, { list }: ImportRecord, entry: number): Named[] {
  return hashesIn(payload).map((hash) => ({ hash, list, entry }));
}

function hashesIn(payload: Uint8Array): Uint8Array[] {
  return Array.from({ length: payload.length / PDQ_BYTES }, (_, i) =>
    payload.subarray(i * PDQ_BYTES, (i + 1) * PDQ_BYTES),
  );
}
