/**
 * Decrypts a body and decides its outcome; the database can still find a duplicate.
 * Flow: ingest → here → batch → store. Promise: nothing is stored, logged or requested here.
 * Spec: docs/design/receiver.md#ingest.
 */
import { LodestoneError } from '@lodestone/protocol/error';
import { LIMITS } from '@lodestone/protocol/limits';
import type { MatchSignal, Signal } from '@lodestone/protocol/signal';
import { coversDay } from '@lodestone/protocol/subject-ids';
import { DAY_MS, type Day, toDay } from '@lodestone/protocol/time';
import { type NodePrivateKeys, openSignalSync } from '@lodestone/seal/node';
import { dayCounts, lastCountingDay } from '@lodestone/trust';
import { type LoadedOrder, type LoadedOrders, type MatchedItem, matchDetectItem } from '../match-detect-item.ts';
import { ROW_BITS, typesOf } from '../sources/entry-index.ts';
import type { LoadedEntries } from '../sources/load-orders.ts';
import { fitsOrder, isSigned, type SubjectInputs } from './check-subject.ts';
import type { Outcome } from './outcome.ts';

/** The data that a body is checked against. */
export interface CheckInputs {
  readonly keys: NodePrivateKeys;
  readonly subjects: SubjectInputs;
  readonly loaded: LoadedOrders;
  readonly entries: LoadedEntries;
  /** The receiver's address. Without it, only ids of known orders can be verified. */
  readonly endpoint: string | undefined;
}

/** Outcomes that the check alone decides. */
export type RejectedOutcome = Exclude<Outcome, 'counted' | 'duplicate' | 'overLimit' | 'erased'>;
/** The item's list or model is known. */
export type CountedItem = MatchedItem & { reference: NonNullable<MatchedItem['reference']> };
export interface CountedSignal {
  outcome: 'counted';
  signal: MatchSignal;
  order: LoadedOrder;
  item: CountedItem;
  arrivalDay: Day;
}
/** Checked again when the order or the manifest is known; counted as `reason` after seven days. */
export interface WaitingSignal {
  outcome: 'waiting';
  reason: 'unknownOrder' | 'unknownManifest';
  signal: MatchSignal;
  arrivalDay: Day;
}
export type CheckedBody = { outcome: RejectedOutcome } | CountedSignal | WaitingSignal;

/** After the end of an order, devices may still send what they had queued. */
const ENDED_GRACE_MS = DAY_MS;

export function openAndCheck(body: Uint8Array, inputs: CheckInputs, now: number): CheckedBody {
  const opened = open(body, inputs.keys);
  if (typeof opened === 'string') return { outcome: opened };
  return opened.kind === 'cover' ? { outcome: 'cover' } : checkSignal(opened, inputs, now);
}

function open(body: Uint8Array, keys: NodePrivateKeys): Signal | 'malformed' | 'decryptionFailed' {
  try {
    return openSignalSync(body, keys).signal;
  } catch (error) {
    if (!(error instanceof LodestoneError)) throw error;
    if (error.code === 'ERR_SIGNAL_FORMAT') return 'malformed';
    if (error.code === 'ERR_SIGNAL_OPEN') return 'decryptionFailed';
    throw error;
  }
}

function checkSignal(signal: MatchSignal, inputs: CheckInputs, now: number): CheckedBody {
  const checked = checkVerified(signal, inputs, now);
  if (checked.outcome !== 'counted' && checked.outcome !== 'waiting') return checked;
  const known = checked.outcome === 'counted' ? checked.order : inputs.loaded.orders.get(signal.orderDigest);
  const endpoint = known?.order.receiver?.endpoint ?? inputs.endpoint;
  if (endpoint === undefined && signal.lastDay !== 0) return { outcome: 'unknownOrder' };
  return isSigned(signal, endpoint ?? '', inputs.subjects) ? checked : { outcome: 'invalidSubjectId' };
}

/** Checks a signal whose subject id is signed, or is verified next. */
export function checkVerified(signal: MatchSignal, inputs: CheckInputs, now: number): CheckedBody {
  const { loaded, subjects } = inputs;
  const today = toDay(now);
  const order = loaded.orders.get(signal.orderDigest);
  if (!order) return checkUnknownOrder(signal, today);
  if (now >= order.endsAt + ENDED_GRACE_MS) return { outcome: 'endedOrder' };
  const item = matchDetectItem(signal, order, loaded.manifests);
  if (!item) return { outcome: 'noDetectItem' };
  if (!dayCounts(signal.day, order.order, item.withinDays, today)) return { outcome: 'dayOutOfRange' };
  if (!fitsOrder(signal, order.order.receiver, subjects)) return { outcome: 'invalidSubjectId' };
  const { reference } = item;
  if (reference === null) return { outcome: 'waiting', reason: 'unknownManifest', signal, arrivalDay: today };
  const counted: CountedItem = { ...item, reference };
  if (!isListed(signal, counted, inputs)) return { outcome: 'unknownEntry' };
  return { outcome: 'counted', signal, order, item: counted, arrivalDay: today };
}

function checkUnknownOrder(signal: MatchSignal, today: Day): CheckedBody {
  const isPossible = signal.day <= today + 1 && today <= lastCountingDay(signal.day, LIMITS.signalWithinDays);
  if (!isPossible) return { outcome: 'dayOutOfRange' };
  if (signal.lastDay !== 0 && !coversDay(signal, signal.day)) return { outcome: 'invalidSubjectId' };
  return { outcome: 'waiting', reason: 'unknownOrder', signal, arrivalDay: today };
}

/** Does the list version that the device named have the entry, with rows of the kind that matched? */
function isListed(
  { kind, entry, evidence, manifestDigest }: MatchSignal,
  { reference }: CountedItem,
  { loaded, entries }: CheckInputs,
): boolean {
  if (kind !== 'match') return true;
  const version = loaded.manifests.get(manifestDigest)?.get(reference) ?? 0;
  const list = entries.get(reference);
  const types = list ? typesOf(list.index, entry, version) : 0;
  return (types & (evidence === 'exact' ? ROW_BITS.sha256 : ROW_BITS.pdq | ROW_BITS.vpdq)) !== 0;
}
