/**
 * Decrypts a body and decides its outcome; the database can still find a duplicate.
 * Flow: ingest → here → batch → store. Promise: nothing is stored or logged here. Spec: docs/design/receiver.md#ingest.
 */
import { LodestoneError } from '@lodestone/protocol/error';
import type { MatchSignal, Signal } from '@lodestone/protocol/signal';
import { coversDay } from '@lodestone/protocol/subject-ids';
import { type Day, toDay } from '@lodestone/protocol/time';
import { digestOfEndpoint, openSignal, type PrivateKeys, verifySubjectId } from '@lodestone/seal';
import { dayCounts } from '@lodestone/trust';
import { type LoadedOrder, type LoadedOrders, type MatchedItem, matchDetectItem } from '../match-detect-item.ts';
import type { Outcome } from './outcome.ts';

/** The data that a body is checked against. */
export interface CheckInputs {
  readonly keys: PrivateKeys;
  /** Public keys of the account service. */
  readonly subjectKeys: readonly CryptoKey[];
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

async function checkSignal(
  signal: MatchSignal,
  { loaded, subjectKeys }: CheckInputs,
  today: Day,
): Promise<CheckedBody> {
  const order = loaded.orders.get(signal.orderDigest);
  if (!order) return { outcome: 'unknownOrder' };
  const item = matchDetectItem(signal, order, loaded.manifests);
  if (!item) return { outcome: 'noDetectItem' };
  if (!dayCounts(signal.day, order.order, item.withinDays, today)) return { outcome: 'dayOutOfRange' };
  if (!(await isValidSubject(signal, order, subjectKeys))) return { outcome: 'invalidSubjectId' };
  return { outcome: 'counted', signal, order, item, arrivalDay: today };
}

/** Valid: an id of the account service that covers the day of the match if the order requires a pseudonym, otherwise zeros. */
async function isValidSubject(
  signal: MatchSignal,
  { order: { receiver } }: LoadedOrder,
  keys: readonly CryptoKey[],
): Promise<boolean> {
  if (receiver?.subject !== 'pseudonym') return signal.lastDay === 0;
  return coversDay(signal, signal.day) && verifySubjectId(keys, await digestOfEndpoint(receiver.endpoint), signal);
}
