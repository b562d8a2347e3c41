/**
 * Runs the statements of a counted signal without a row. Flow: store → here.
 * Promise: a small batch without a counted signal runs as many statements as one with a signal, so that a busy machine
 * does not delay the answers of one kind more. Spec: docs/design/receiver.md#answer-times.
 */
import type { Day } from '@lodestone/protocol/time';
import type { Transaction } from 'kysely';
import { erasedSubjects } from '../cases/erase.ts';
import { judgeWindows } from '../cases/judge-windows.ts';
import type { Tables } from '../db/schema.ts';
import { insertOrderCounts } from './store-counts.ts';
import { insertSignals, storeWindows } from './store-signals.ts';

/** In a larger batch, the bodies of many senders hide each other. */
export const SMALL_BATCH = 16;

/** Identity columns begin at 1. */
const NO_WINDOW = 0;

/** @param hasWaiting signals of the batch wait: two statements, in the place of two of a counted signal */
export async function storeNothing(tx: Transaction<Tables>, hasWaiting: boolean, today: Day): Promise<void> {
  if (!hasWaiting) {
    await erasedSubjects(tx, []);
    await insertSignals(tx, []);
  }
  await storeWindows(tx, []);
  await judgeWindows(tx, { windowNos: [NO_WINDOW] }, today);
  await insertOrderCounts(tx, [], []);
}
