/**
 * Decides which accepted inputs are in force at a moment, and which orders began or ended. Pure; time is an argument.
 * Promise: without an order in force nothing is scanned, and a wider order is announced first.
 * Flow: judge → here → scan-plan. Spec: docs/design/signed-inputs.md#orders-in-force
 */
import {
  DAY_MS,
  type DetectionOrder,
  type ManifestDigest,
  type OrderDigest,
  fromInstant,
  splitReference,
  type TargetReference,
} from '@lodestone/protocol';
import { ANNOUNCED_MS, orderState, releaseInForce } from '@lodestone/trust';
import type { Inputs, OrderInForce } from '../../inputs.ts';
import type { OrderStatus } from '../../status.ts';
import type { StoredOrder } from '../storage/records.ts';
import type { Accepted } from './judge.ts';

/** Orders survive this long after the timestamp of their source has expired. Then their state is unknown. */
const SILENCE_MS = 14 * DAY_MS;
/** An order waits this long for its lists and models. */
const SUPPLY_MS = DAY_MS;

/**
 * The device's clock, but never before the newest time that the source, or the provider, has signed. Other sources have no
 * say: an authority with a wrong clock ends nobody else's orders.
 */
export function timeOf(source: string, { timestamps, provider }: Accepted, now: number): number {
  const issued = [source, provider].map((name) => {
    const timestamp = name === undefined ? undefined : timestamps.get(name);
    return timestamp ? fromInstant(timestamp.issued) : 0;
  });
  return Math.max(now, ...issued);
}

/**
 * The date of effect of an order that is not, or no longer, announced. It takes effect with its own beginning, not with the device's clock: a
 * clock that is set back later does not announce it again.
 */
export function effectiveNow({ notBefore }: DetectionOrder, now: number): number {
  return Math.min(now, fromInstant(notBefore));
}

export function orderStateAt(stored: StoredOrder, accepted: Accepted, now: number): OrderStatus['state'] {
  const { order, source, effectiveFrom } = stored;
  const time = timeOf(source, accepted, now);
  const state = orderState(order, time);
  if (state === 'ended' || wasSeenToEnd(stored, accepted) || isReplaced(stored, accepted, now)) return 'ended';
  const timestamp = accepted.timestamps.get(source);
  if (!timestamp || time > fromInstant(timestamp.expires) + SILENCE_MS) return 'unknown';
  if (state === 'in-force' && time < effectiveFrom) return 'announced';
  return isSupplied(stored, accepted) || now >= stored.firstSeen + SUPPLY_MS ? state : 'not-yet';
}

/** Of an order that is not in force yet: its lists or models are what is missing. */
function hasBegun(order: DetectionOrder, time: number): boolean {
  return orderState(order, time) === 'in-force';
}

/** An end that was seen stays an end, until a newer timestamp shows that the device's clock was ahead. */
function wasSeenToEnd({ endedUnder, order, source }: StoredOrder, { timestamps }: Accepted): boolean {
  if (endedUnder === undefined) return false;
  const timestamp = timestamps.get(source);
  const isRefuted =
    timestamp && timestamp.digest !== endedUnder && fromInstant(timestamp.issued) < fromInstant(order.notAfter);
  return !isRefuted;
}

function isReplaced({ supersededBy }: StoredOrder, accepted: Accepted, now: number): boolean {
  const successor = accepted.orders.find(({ orderDigest }) => orderDigest === supersededBy);
  return successor !== undefined && ['in-force', 'ended'].includes(orderStateAt(successor, accepted, now));
}

function isSupplied({ isSupplied: wasSupplied, order }: StoredOrder, accepted: Accepted): boolean {
  const { releases, models, suppliers } = accepted;
  if (wasSupplied) return true;
  const hasModel = (model: TargetReference, pinned?: ManifestDigest): boolean =>
    !maySupply(suppliers.models, model) ||
    models.some((one) => one.reference === model && (!pinned || one.manifestDigest === pinned));
  return order.detect.every((detect) => {
    if (detect.kind === 'classifier') return hasModel(detect.model);
    const confirm = detect.signal?.confirm;
    const hasList =
      releases.some(({ reference }) => reference === detect.list) || !maySupply(suppliers.lists, detect.list);
    return hasList && (!confirm || hasModel(confirm.model, confirm.manifestDigest));
  });
}

function maySupply(suppliers: ReadonlySet<string>, reference: TargetReference): boolean {
  return suppliers.has(splitReference(reference).source);
}

export function inForce(accepted: Accepted, now: number): Inputs {
  const ordersIn = (state: OrderStatus['state']): OrderInForce[] =>
    accepted.orders
      .filter((stored) => orderStateAt(stored, accepted, now) === state)
      .map(({ source, orderDigest, order }) => ({ source, orderDigest, order }));
  const timeAt = ({ reference }: Accepted['models'][number] | Accepted['releases'][number]): number =>
    timeOf(splitReference(reference).source, accepted, now);
  return {
    orders: ordersIn('in-force'),
    unknown: ordersIn('unknown'),
    coming: ordersIn('not-yet').filter(({ source, order }) => hasBegun(order, timeOf(source, accepted, now))),
    isUnheard: accepted.isUnheard,
    lists: accepted.releases
      .filter((release) => releaseInForce(release.manifest, timeAt(release)))
      .map(({ reference, manifest, manifestDigest, vouchers, entries }) => ({
        reference,
        purpose: manifest.purpose,
        manifestDigest,
        fileDigest: manifest.file.sha256,
        form: manifest.form,
        signedBy: vouchers,
        entries: entries.count,
      })),
    models: accepted.models
      .filter((model) => releaseInForce(model.manifest, timeAt(model)))
      .map(({ reference, manifest, manifestDigest }) => ({
        reference,
        manifestDigest,
        maySignal: manifest.figures.length > 0,
      })),
  };
}

/** Changes to the record of an order, since it began or ended, or since the clock was wrong when it was written. */
export interface OrderTransition {
  orderDigest: OrderDigest;
  record: Partial<Pick<StoredOrder, 'noted' | 'endedUnder' | 'effectiveFrom' | 'firstSeen' | 'isSupplied'>>;
  /** The note for the ledger. An order that ends without having been in force has none. */
  note?: 'order-in-force' | 'order-ended';
}

/** What has to be recorded now: each beginning and end once, and dates that a clock far ahead has written. */
export function orderTransitions(accepted: Accepted, now: number): OrderTransition[] {
  return accepted.orders.flatMap((stored): OrderTransition[] => {
    const latest = timeOf(stored.source, accepted, now) + ANNOUNCED_MS;
    const record: OrderTransition['record'] = {
      ...transitionOf(stored, accepted, now),
      ...(stored.effectiveFrom > latest && { effectiveFrom: latest }),
      ...(stored.firstSeen > now && { firstSeen: now }),
      ...(!stored.isSupplied && isSupplied(stored, accepted) && { isSupplied: true as const }),
    };
    if (Object.keys(record).length === 0) return [];
    const note = noteOf(record.noted, stored);
    return [{ orderDigest: stored.orderDigest, record, ...(note && { note }) }];
  });
}

function noteOf(noted: StoredOrder['noted'], before: StoredOrder): OrderTransition['note'] {
  if (noted === 'in-force' && before.noted !== 'in-force') return 'order-in-force';
  return noted === 'ended' && before.noted === 'in-force' ? 'order-ended' : undefined;
}

function transitionOf(stored: StoredOrder, accepted: Accepted, now: number): OrderTransition['record'] {
  const state = orderStateAt(stored, accepted, now);
  if (state !== 'in-force' && state !== 'ended') return {};
  const timestamp = accepted.timestamps.get(stored.source);
  const hasEndedByTime = orderState(stored.order, timeOf(stored.source, accepted, now)) === 'ended';
  // An end that was refuted can be seen a second time, under another timestamp.
  const endedUnder = timestamp?.digest ?? 'none';
  const isSeen = hasEndedByTime && stored.endedUnder === undefined;
  if (state === stored.noted && !isSeen) return {};
  return { noted: state, ...(hasEndedByTime && { endedUnder }) };
}

/**
 * Orders that applied and that their source no longer publishes, and that stay until their newer version takes effect. All
 * other orders that are no longer published are withdrawn: an announced order that was replaced never takes effect.
 */
export function awaitingSuccessor(
  before: readonly StoredOrder[],
  published: readonly StoredOrder[],
  accepted: Accepted,
  now: number,
): StoredOrder[] {
  const publishedDigests = new Set(published.map(({ orderDigest }) => orderDigest));
  const after = { ...accepted, orders: published };
  return before
    .filter(({ orderDigest }) => !publishedDigests.has(orderDigest))
    .flatMap((old) => {
      const successor = published.find(({ order }) => order.id === old.order.id);
      const applied = ['in-force', 'unknown'].includes(orderStateAt(old, accepted, now));
      if (!successor || !applied || ['in-force', 'ended'].includes(orderStateAt(successor, after, now))) return [];
      return [{ ...old, supersededBy: successor.orderDigest }];
    });
}
