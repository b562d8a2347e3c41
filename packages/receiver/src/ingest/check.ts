/**
 * Opens a body and decides what becomes of it: the first two of ingest's steps. Nothing here stores or logs.
 * Flow: endpoint → here → batch → store. Spec: DESIGN §9.
 */
import { LodestoneError } from '@lodestone/protocol/error';
import { type Day, toDay } from '@lodestone/protocol/time';
import type { MatchSignal, Signal } from '@lodestone/protocol/signal';
import { checkSubject, openSignal, type PrivateKeys } from '@lodestone/seal';
import { dayCounts } from '@lodestone/trust';
import { type Known, type KnownOrder, type Place, placeOf } from '../orders.ts';
import type { Outcome } from './outcome.ts';

/** Everything that a body is held against. */
export interface Desk {
  keys: PrivateKeys;
  subjectKey: Uint8Array;
  known: Known;
  now: () => number;
}

export type Checked =
  | { outcome: Exclude<Outcome, 'signal' | 'duplicate'> }
  | { outcome: 'signal'; signal: MatchSignal; order: KnownOrder; place: Place; arrivedOn: Day };

export async function openAndCheck(body: Uint8Array, desk: Desk): Promise<Checked> {
  const opened = await open(body, desk.keys);
  if (typeof opened === 'string') return { outcome: opened };
  return opened.kind === 'cover' ? { outcome: 'cover' } : checkSignal(opened, desk);
}

async function open(body: Uint8Array, keys: PrivateKeys): Promise<Signal | 'malformed' | 'unknownKey' | 'unopened'> {
  try {
    return (await openSignal(body, keys)).signal;
  } catch (error) {
    if (!(error instanceof LodestoneError)) throw error;
    if (error.code === 'ERR_SIGNAL_FORMAT') return 'malformed';
    if (error.code === 'ERR_KEYS') return 'unknownKey';
    if (error.code === 'ERR_SIGNAL_OPEN') return 'unopened';
    throw error;
  }
}

async function checkSignal(signal: MatchSignal, { known, subjectKey, now }: Desk): Promise<Checked> {
  const order = known.orders.get(signal.orderDigest);
  if (!order) return { outcome: 'unknownOrder' };
  const today = toDay(now());
  const place = placeOf(signal, order, known.manifests);
  if (!place) return { outcome: 'implausible' };
  if (!dayCounts(signal.day, order.order, place.withinDays, today)) return { outcome: 'wrongDay' };
  if (!(await subjectFits(signal.subject, order, subjectKey))) return { outcome: 'wrongSubject' };
  return { outcome: 'signal', signal, order, place, arrivedOn: today };
}

async function subjectFits(subject: Uint8Array, { order }: KnownOrder, key: Uint8Array): Promise<boolean> {
  if (order.receiver?.subject === 'pseudonym') return checkSubject(key, subject);
  return subject.every((byte) => byte === 0);
}
