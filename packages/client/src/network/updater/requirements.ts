/**
 * The lists, models and receiver keys that orders require from other sources. Pure.
 * Spec: docs/design/signed-inputs.md#sources
 */
import type { DetectionOrder, Name, TargetReference } from '@lodestone/protocol';

/** Each list that an order names, with the further authorities that each detect item demands. */
export function requiredLists(orders: readonly DetectionOrder[]): Map<TargetReference, (readonly Name[])[]> {
  const lists = new Map<TargetReference, (readonly Name[])[]>();
  for (const detect of orders.flatMap((order) => order.detect)) {
    if (detect.kind === 'known') lists.set(detect.list, [...(lists.get(detect.list) ?? []), detect.alsoBy]);
  }
  return lists;
}

/** Each model that an order names, and whether an order signals on its findings. */
export function requiredModels(orders: readonly DetectionOrder[]): Map<TargetReference, { signals: boolean }> {
  const models = new Map<TargetReference, { signals: boolean }>();
  for (const detect of orders.flatMap((order) => order.detect)) {
    if (detect.kind !== 'classifier') continue;
    const signals = models.get(detect.model)?.signals === true || detect.signal !== undefined;
    models.set(detect.model, { signals });
  }
  return models;
}

/** The key sets of the receivers that orders name. */
export function requiredKeys(orders: readonly DetectionOrder[]): Set<TargetReference> {
  return new Set(orders.flatMap(({ receiver }) => receiver?.keys ?? []));
}
