/**
 * Withdraws entries of a list: those that its authority suppressed, and those that its newest version no longer has. Neither counts
 * towards a threshold. Flow: store-suppressions, index-list → here → suppressed and counting_windows tables.
 * Promise: an entry that a later version has again counts again; a suppressed one never does. Spec: docs/design/receiver.md#entries.
 */
import type { TargetReference } from '@lodestone/protocol/paths';
import type { Day } from '@lodestone/protocol/time';
import type { Transaction } from 'kysely';
import { judgeWindows } from '../cases/judge-windows.ts';
import type { Tables } from '../db/schema.ts';
import type { SuppressedTable } from '../db/schema-sources.ts';
import { addCounts } from '../report/counts.ts';
import type { Shard } from './entry-index.ts';

/** Rows of one statement, far below PostgreSQL's 65,535 parameters. */
const ROWS = 10_000;

/** @returns how many entries were not withdrawn for this cause before */
export async function withdraw(
  tx: Transaction<Tables>,
  reference: TargetReference,
  entries: readonly number[],
  cause: SuppressedTable['cause'],
  today: Day,
): Promise<number> {
  let added = 0;
  for (const page of pagesOf(entries)) {
    const result = await tx
      .insertInto('suppressed')
      .values(page.map((entry) => ({ reference, entry, cause })))
      .onConflict((conflict) =>
        conflict
          .columns(['reference', 'entry'])
          .doUpdateSet({ cause: 'suppression' })
          .where('suppressed.cause', '<>', 'suppression')
          .whereRef('excluded.cause', '<>', 'suppressed.cause'),
      )
      .executeTakeFirst();
    added += Number(result.numInsertedOrUpdatedRows ?? 0);
  }
  if (added > 0)
    await addCounts(tx, today, [
      { measure: 'withdrawnEntries', dimension: 'cause', key: cause, count: added },
      { measure: 'withdrawnEntries', dimension: 'list', key: reference, count: added },
    ]);
  return added;
}

/** What the newest version of a list changed: entries that it no longer has, and entries that it has again. */
export class LeftEntries {
  readonly left: number[] = [];
  readonly returned: number[] = [];
  readonly #known: ReadonlySet<number>;
  readonly #newest: number;

  private constructor(known: ReadonlySet<number>, newest: number) {
    this.#known = known;
    this.#newest = newest;
  }

  static async of(tx: Transaction<Tables>, reference: TargetReference, newest: number): Promise<LeftEntries> {
    const rows = await tx
      .selectFrom('suppressed')
      .select('entry')
      .where('reference', '=', reference)
      .where('cause', '=', 'version')
      .execute();
    return new LeftEntries(new Set(rows.map(({ entry }) => entry)), newest);
  }

  /** Takes each shard of the list's index. */
  add({ entries, last }: Shard): void {
    entries.forEach((entry, i) => {
      const isListed = (last[i] ?? 0) >= this.#newest;
      if (isListed === this.#known.has(entry)) (isListed ? this.returned : this.left).push(entry);
    });
  }
}

/** How many entries left the list or returned, and how many counting windows opened or closed with them. */
export interface Withdrawn {
  entries: number;
  closed: number;
}

export async function withdrawLeft(
  tx: Transaction<Tables>,
  reference: TargetReference,
  { left, returned }: LeftEntries,
  today: Day,
): Promise<Withdrawn> {
  for (const page of pagesOf(returned))
    await tx
      .deleteFrom('suppressed')
      .where('reference', '=', reference)
      .where('cause', '=', 'version')
      .where('entry', 'in', page)
      .execute();
  const added = await withdraw(tx, reference, left, 'version', today);
  const entries = added + returned.length;
  return { entries, closed: entries === 0 ? 0 : await judgeWindows(tx, { reference }, today) };
}

function* pagesOf(entries: readonly number[]): Generator<readonly number[]> {
  for (let at = 0; at < entries.length; at += ROWS) yield entries.slice(at, at + ROWS);
}
