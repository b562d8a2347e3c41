/**
 * Decrypts a body and decides its outcome; the database can still find a duplicate.
 * Flow: ingest → here → batch → store. Promise: nothing is stored or logged here. Spec: docs/design/receiver.md#ingest.
 */
import { LodestoneError } from '@lodestone/protocol/error';
import type { MatchSignal, Signal } from '@lodestone/protocol/signal';
import { type Day, toDay } from '@lodestone/protocol/time';
import { openSignal, type PrivateKeys } from '@lodestone/seal';
import { dayCounts } from '@lodestone/trust';
import { type LoadedOrder, type LoadedOrders, type MatchedItem, matchDetectItem } from '../match-detect-item.ts';
import { isValidSubject, type SubjectInputs } from './check-subject.ts';
import type { Outcome } from './outcome.ts';

/** The data that a body is checked against. */
export interface CheckInputs {
  readonly keys: PrivateKeys;
  readonly subjects: SubjectInputs;
  readonly loaded: LoadedOrders;
}

export type CheckedBody =
  | { outcome: Exclude<Outcome, 'counted' | 'duplicate'> }
  | { outcome: 'counted'; signal: MatchSignal; order: LoadedOrder; item: MatchedItem; arrivalDay: Day };

export async function openAndCheck(body: Uint8Array, inputs: CheckInputs, now: number): Promise<CheckedBody> {
  const opened = await open(body, inputs.keys);
  if (typeof opened === 'string') return { outcome: opened };
  return opened.kind === 'cover' ? { outcome: 'cover' } : checkSignal(opened, inputs, toDay(now));
}

async function open(body: Uint8Array, keys: PrivateKeys): Promise<Signal | 'malformed' | 'decryptionFailed'> {
  try {
    return (await openSignal(body, keys)).signal;
  } catch (error) {
    if (!(error instanceof LodestoneError)) throw error;
    if (error.code === 'ERR_SIGNAL_FORMAT') return 'malformed';
    if (error.code === 'ERR_SIGNAL_OPEN') return 'decryptionFailed';
    throw error;
  }
}

async function checkSignal(signal: MatchSignal, { loaded, subjects }: CheckInputs, today: Day): Promise<CheckedBody> {
  const order = loaded.orders.get(signal.orderDigest);
  if (!order) return { outcome: 'unknownOrder' };
  const item = matchDetectItem(signal, order, loaded.manifests);
  if (!item) return { outcome: 'noDetectItem' };
  if (!dayCounts(signal.day, order.order, item.withinDays, today)) return { outcome: 'dayOutOfRange' };
  if (!(await isValidSubject(signal, order.order.receiver, subjects))) return { outcome: 'invalidSubjectId' };
  return { outcome: 'counted', signal, order, item, arrivalDay: today };
}
