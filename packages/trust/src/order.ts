/**
 * Which orders count: in time, from whom, to where, and whether one asks for more than those before it. Pure rules.
 * Flow: signed order → here → policy. Spec: DESIGN §4 (DetectionOrder), §5 (power is positional).
 */
import { LodestoneError } from '@lodestone/protocol/error';
import { ACTIONS, type Media, MEDIA, type Surface, SURFACES } from '@lodestone/protocol/surface';
import { fromInstant } from '@lodestone/protocol/time';
import type { Detect, DetectionOrder, SignalRule } from '@lodestone/protocol/order';

/** What the host app lets a source do, by where it stands in its options. */
export type Power = 'orders' | 'lists' | 'provider';
export type OrderState = 'not-yet' | 'in-force' | 'ended';

export function orderState({ notBefore, notAfter }: DetectionOrder, now: number): OrderState {
  if (now < fromInstant(notBefore)) return 'not-yet';
  return now < fromInstant(notAfter) ? 'in-force' : 'ended';
}

/** Whose orders may rest on what. A list authority issues none. */
const BASIS_OF: Record<Power, readonly DetectionOrder['basis'][]> = {
  orders: ['order'],
  lists: [],
  provider: ['consent', 'provider-policy'],
};

/** @throws {LodestoneError} `ERR_TRUST_POWER` where a source of that power may not issue an order of this basis */
export function checkBasis(order: DetectionOrder, power: Power): void {
  if (!BASIS_OF[power].includes(order.basis)) {
    throw new LodestoneError(
      'ERR_TRUST_POWER',
      `order ${order.id}: a source trusted for "${power}" may not issue an order of basis "${order.basis}"`,
    );
  }
}

/**
 * What the host app asks of an order before it counts.
 * @throws {LodestoneError} `ERR_TRUST_POWER` as `checkBasis`; `ERR_TRUST_ENDPOINT` where the order sends signals
 * elsewhere than the host pinned
 */
export function checkOrderPower(order: DetectionOrder, by: { power: Power; endpoint: string }): void {
  checkBasis(order, by.power);
  if (order.receiver && new URL(order.receiver.endpoint).href !== new URL(by.endpoint).href) {
    throw new LodestoneError(
      'ERR_TRUST_ENDPOINT',
      `order ${order.id}: signals would go to ${order.receiver.endpoint}, this app sends to ${by.endpoint} only`,
    );
  }
}

/**
 * Does `order` cover, detect, act or signal anything that none of `before` did? Time, words and help do not count.
 * It is taken apart into what it does at each surface with each medium, and each of these must be done already.
 */
export function widens(before: readonly DetectionOrder[], order: DetectionOrder): boolean {
  return places(order).some((place) => {
    const there = before.filter((old) => covers(old, place));
    return (
      !there.some((old) => atLeast(old.onUnscannable, order.onUnscannable)) ||
      order.detect.some((detect) => !isDone(there, order, detect, place.surface))
    );
  });
}

interface Place {
  surface: Surface;
  media: Media;
}

function places(order: DetectionOrder): Place[] {
  return SURFACES.flatMap((surface) => MEDIA.map((media) => ({ surface, media }))).filter((place) =>
    covers(order, place),
  );
}

function covers(order: DetectionOrder, { surface, media }: Place): boolean {
  return order.surfaces.includes(surface) && order.media.includes(media);
}

/** Acting and signalling may each be done by another order: each of them was announced. */
function isDone(there: readonly DetectionOrder[], order: DetectionOrder, detect: Detect, surface: Surface): boolean {
  const found = there.flatMap((old) =>
    old.detect.filter((item) => findsAll(item, detect)).map((item) => ({ item, receiver: old.receiver })),
  );
  if (!found.some(({ item }) => atLeast(item.action, detect.action))) return false;
  const { signal } = detect;
  if (!signal?.surfaces.some((signalled) => signalled === surface)) return true;
  return found.some(
    ({ item, receiver }) =>
      item.signal !== undefined && signalsAll(item.signal, signal, surface) && reveals(receiver, order.receiver),
  );
}

/** Whatever `detect` finds, `old` finds. */
function findsAll(old: Detect, detect: Detect): boolean {
  if (old.kind === 'classifier') {
    return detect.kind === 'classifier' && old.model === detect.model && old.minBucket <= detect.minBucket;
  }
  return (
    detect.kind === 'known' &&
    old.list === detect.list &&
    old.maxDistance >= detect.maxDistance &&
    old.minQuality <= detect.minQuality &&
    detect.variants.every((variant) => old.variants.includes(variant)) &&
    old.alsoBy.every((source) => detect.alsoBy.includes(source))
  );
}

/** Whatever `signal` sends from this surface, `old` sends: no later, and counted over no shorter a time. */
function signalsAll(old: SignalRule, signal: SignalRule, surface: Surface): boolean {
  return (
    old.surfaces.some((signalled) => signalled === surface) &&
    old.threshold <= signal.threshold &&
    old.withinDays >= signal.withinDays
  );
}

/** The same people learn at least as much. */
function reveals(old: DetectionOrder['receiver'], receiver: DetectionOrder['receiver']): boolean {
  return (
    old !== undefined &&
    receiver !== undefined &&
    old.endpoint === receiver.endpoint &&
    old.keys === receiver.keys &&
    (old.subject === 'pseudonym' || receiver.subject === 'none')
  );
}

function atLeast(old: DetectionOrder['onUnscannable'], action: DetectionOrder['onUnscannable']): boolean {
  return ACTIONS.indexOf(old) >= ACTIONS.indexOf(action);
}
