/**
 * Decrypts a body and decides its outcome; the database can still find a duplicate.
 * Flow: ingest → here → batch → store. Promise: nothing is stored or logged here. Spec: docs/design/receiver.md#ingest.
 */
import { LodestoneError } from '@lodestone/protocol/error';
import type { MatchSignal, Signal } from '@lodestone/protocol/signal';
import { type Day, toDay } from '@lodestone/protocol/time';
import { verifySubjectId, openSignal, type PrivateKeys } from '@lodestone/seal';
import { dayCounts } from '@lodestone/trust';
import { type LoadedOrder, type LoadedOrders, type MatchedItem, matchDetectItem } from '../match-detect-item.ts';
import type { Outcome } from './outcome.ts';

/** The data that a body is checked against. */
export interface CheckInputs {
  readonly keys: PrivateKeys;
  readonly subjectKey: Uint8Array;
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

async function open(
  body: Uint8Array,
  keys: PrivateKeys,
): Promise<Signal | 'malformed' | 'unknownKey' | 'decryptionFailed'> {
  try {
    return (await openSignal(body, keys)).signal;
  } catch (error) {
    if (!(error instanceof LodestoneError)) throw error;
    if (error.code === 'ERR_SIGNAL_FORMAT') return 'malformed';
    if (error.code === 'ERR_KEYS') return 'unknownKey';
    if (error.code === 'ERR_SIGNAL_OPEN') return 'decryptionFailed';
    throw error;
  }
}

async function checkSignal(signal: MatchSignal, { loaded, subjectKey }: CheckInputs, today: Day): Promise<CheckedBody> {
  const order = loaded.orders.get(signal.orderDigest);
  if (!order) return { outcome: 'unknownOrder' };
  const item = matchDetectItem(signal, order, loaded.manifests);
  if (!item) return { outcome: 'noDetectItem' };
  if (!dayCounts(signal.day, order.order, item.withinDays, today)) return { outcome: 'dayOutOfRange' };
  if (!(await isValidSubjectId(signal.subject, order, subjectKey))) return { outcome: 'invalidSubjectId' };
  return { outcome: 'counted', signal, order, item, arrivalDay: today };
}

/** Valid: a subject id if the order requires a pseudonym, otherwise zeros. */
async function isValidSubjectId(subjectId: Uint8Array, { order }: LoadedOrder, key: Uint8Array): Promise<boolean> {
  if (order.receiver?.subject === 'pseudonym') return verifySubjectId(key, subjectId);
  return subjectId.every((byte) => byte === 0);
}
