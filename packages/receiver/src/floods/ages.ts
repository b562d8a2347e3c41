/**
 * How many subjects of a flood have accounts that are not young, by the account service's list. Flow: console → here.
 * Promise: the account service is not asked, so it does not learn who matched; a small group is not told. Spec: docs/design/receiver.md#floods
 */
import { toHex } from '@lodestone/protocol/bytes';
import { DAY_MS } from '@lodestone/protocol/time';
import { SMALL_COUNT } from '@lodestone/protocol/transparency-report';
import type { YoungAccountList } from '@lodestone/protocol/young-accounts';
import { sql } from 'kysely';
import type { Database } from '../db/schema.ts';
import type { Flood } from './list.ts';

export interface FloodAges {
  /** Day of the list, and its age. */
  day: string;
  ageDays: number;
  /** Subjects of the signals that had arrived by that day: later ones may be of accounts that the list cannot have. */
  subjects: number;
  /** Of these, with accounts of the age or older; null if they, or the others, are fewer than 10. */
  older: number | null;
}

export async function floodAges(
  db: Database,
  { reference, entry }: Pick<Flood, 'reference' | 'entry'>,
  list: YoungAccountList,
): Promise<FloodAges> {
  const { rows } = await sql<{ pseudonym: Uint8Array<ArrayBuffer> }>`
    select distinct w.pseudonym from signals s
    join counting_windows w on w.window_no = s.window_no and w.reference = ${reference}
    where s.entry = ${entry}::bigint and s.arrival_day <= ${Date.parse(list.day) / DAY_MS}::integer`.execute(db);
  const young = new Set(list.pseudonyms);
  const older = rows.filter(({ pseudonym }) => !young.has(toHex(new Uint8Array(pseudonym)))).length;
  return {
    day: list.day,
    ageDays: list.youngerThanDays,
    subjects: rows.length,
    older: Math.min(older, rows.length - older) < SMALL_COUNT ? null : older,
  };
}
