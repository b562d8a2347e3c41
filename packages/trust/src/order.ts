/**
 * Which orders count: their period, who may issue them, and where their signals may go. Pure rules.
 * Flow: signed order → here → policy. widens.ts compares orders. Spec: docs/design/signed-inputs.md#orders-in-force
 */
import { LodestoneError } from '@lodestone/protocol/error';
import { fromInstant } from '@lodestone/protocol/time';
import type { Basis, DetectionOrder } from '@lodestone/protocol/order';

/** Kinds of documents that a source may publish. The option under which the host app lists a source decides its power. */
export const POWERS = ['orders', 'lists', 'provider'] as const;
export type Power = (typeof POWERS)[number];

export const ORDER_STATES = ['not-yet', 'in-force', 'ended'] as const;
export type OrderState = (typeof ORDER_STATES)[number];

export function orderState({ notBefore, notAfter }: DetectionOrder, now: number): OrderState {
  if (now < fromInstant(notBefore)) return 'not-yet';
  return now < fromInstant(notAfter) ? 'in-force' : 'ended';
}

/** The bases that a source's orders may have. A list authority issues no orders. */
const BASIS_OF: Record<Power, readonly Basis[]> = {
  orders: ['order'],
  lists: [],
  provider: ['consent', 'provider-policy'],
};

/** @throws {LodestoneError} `ERR_TRUST_POWER` if a source with that power may not issue an order of this basis */
export function checkBasis(order: DetectionOrder, power: Power): void {
  if (!BASIS_OF[power].includes(order.basis)) {
    throw new LodestoneError(
      'ERR_TRUST_POWER',
      `order ${order.id}: a source trusted for "${power}" may not issue an order of basis "${order.basis}"`,
    );
  }
}

/**
 * Checks an order against the host app's options before it counts.
 * @throws {LodestoneError} `ERR_TRUST_POWER` as `checkBasis`; `ERR_TRUST_ENDPOINT` if the order sends signals to another
 * endpoint than the host pinned
 */
export function checkOrderPower(order: DetectionOrder, by: { power: Power; endpoint: string }): void {
  checkBasis(order, by.power);
  if (order.receiver && new URL(order.receiver.endpoint).href !== new URL(by.endpoint).href) {
    throw new LodestoneError(
      'ERR_TRUST_ENDPOINT',
      `order ${order.id}: it sends signals to ${order.receiver.endpoint}, but this app allows only ${by.endpoint}`,
    );
  }
}
