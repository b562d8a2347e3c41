/**
 * Runs statements like those of a counted signal, which change no row. Flow: store → here.
 * Promise: a small batch without a counted signal runs as many statements as one with a signal, so that a busy machine
 * does not delay the answers of one kind more. Spec: docs/design/receiver.md#answer-times.
 */
import type { Name } from '@lodestone/protocol/name';
import type { Day } from '@lodestone/protocol/time';
import { type RawBuilder, sql, type Transaction } from 'kysely';
import { erasedSubjects, type Subject } from '../cases/erase.ts';
import { judgeWindows } from '../cases/judge-windows.ts';
import type { Tables } from '../db/schema.ts';

/** In a larger batch, the bodies of many senders hide each other. */
export const SMALL_BATCH = 16;

const NOTHING: RawBuilder<boolean> = sql<boolean>`false`;
/** No account has this pseudonym. */
const NOBODY: Subject = { pseudonym: new Uint8Array(16), source: 'nobody' as Name, orderId: 'nobody' as Name };
/** Identity columns begin at 1. */
const NO_WINDOW = 0;

/** Which statements the batch has run for signals that are not counted. */
export interface Stored {
  /** It had signal ids: of duplicates, or of signals that wait. */
  ids: boolean;
  /** Signals wait: two statements, in the place of two of a counted signal. */
  waiting: boolean;
}

export async function storeNothing(tx: Transaction<Tables>, stored: Stored, today: Day): Promise<void> {
  if (!stored.ids) await storeNoIds(tx);
  if (!stored.waiting) {
    await erasedSubjects(tx, [NOBODY]);
    await tx.updateTable('signals').set({ windowNo: NO_WINDOW }).where('windowNo', '=', NO_WINDOW).execute();
  }
  await tx
    .updateTable('countingWindows')
    .set(({ eb }) => ({ signals: eb('signals', '+', 1) }))
    .where('windowNo', '=', NO_WINDOW)
    .returning(['windowNo', 'signals', 'pseudonym', 'source', 'orderId', 'reference', 'firstDay', 'withinDays'])
    .execute();
  await judgeWindows(tx, { windowNos: [NO_WINDOW] }, today);
  await tx
    .updateTable('orderCounts')
    .set(({ eb }) => ({ signals: eb('signals', '+', 1) }))
    .where('orderNo', '=', 0)
    .execute();
}

async function storeNoIds(tx: Transaction<Tables>): Promise<void> {
  await tx
    .insertInto('signalIds')
    .columns(['signalId', 'deleteAfter'])
    .expression((eb) => eb.selectFrom('signalIds').select(['signalId', 'deleteAfter']).where(NOTHING))
    .onConflict((conflict) => conflict.column('signalId').doNothing())
    .returning('signalId')
    .execute();
}
