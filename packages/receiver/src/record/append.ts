/**
 * Appends to the record of review, in the transaction of the action that it records. Flow: cases/act, users → here → export.
 * Promise: the chain never forks, whichever receivers share the database, and an action is recorded, and counted for its month, if and only
 * if it happened.
 * Spec: docs/design/receiver.md#record
 */
import {
  parseRecordLine,
  printRecordLine,
  type RecordedAction,
  type RecordEntry,
} from '@lodestone/protocol/case-record';
import { toDay } from '@lodestone/protocol/time';
import { appendRecordEntry, type RecordActor } from '@lodestone/trust';
import { sql, type Transaction } from 'kysely';
import type { Database, Tables } from '../db/schema.ts';
import { actionKey, addCounts } from '../report/counts.ts';

/**
 * Call before anything is read that the action depends on: actions run one at a time, each on what the ones before left.
 * Readers do not wait.
 */
export async function lockRecord(tx: Transaction<Tables>): Promise<void> {
  await sql`lock table record_entries in share row exclusive mode`.execute(tx);
}

export async function recordAction(
  tx: Transaction<Tables>,
  action: RecordedAction,
  actor: RecordActor,
  now: number,
): Promise<RecordEntry> {
  const last = await tx.selectFrom('recordEntries').select('line').orderBy('seq', 'desc').limit(1).executeTakeFirst();
  const entry = appendRecordEntry(last && parseRecordLine(last.line), action, actor, now);
  await tx
    .insertInto('recordEntries')
    .values({
      seq: entry.seq,
      caseNo: action.type === 'case' ? action.case : null,
      previous: entry.previous,
      line: printRecordLine(entry),
    })
    .execute();
  // By the clock: the time of an entry stays ahead for as long as the clock once was.
  await addCounts(tx, toDay(now), [{ measure: 'actions', dimension: 'action', key: actionKey(action, actor.role) }]);
  return entry;
}

/** The recorded actions on a case, in order. */
export async function readActions(db: Database | Transaction<Tables>, caseNo: number): Promise<RecordEntry[]> {
  const rows = await db
    .selectFrom('recordEntries')
    .select('line')
    .where('caseNo', '=', caseNo)
    .orderBy('seq')
    .execute();
  return rows.map(({ line }) => parseRecordLine(line));
}
