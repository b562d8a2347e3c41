/**
 * The lists, models and receiver keys that orders require from other sources. Pure.
 * Spec: docs/design/signed-inputs.md#sources
 */
import type { Detect, DetectionOrder, ManifestDigest, Name, TargetReference } from '@lodestone/protocol';

/** Each list that an order names, with the further authorities that each detect item demands. */
export function requiredLists(orders: readonly DetectionOrder[]): Map<TargetReference, (readonly Name[])[]> {
  const lists = new Map<TargetReference, (readonly Name[])[]>();
  for (const detect of orders.flatMap((order) => order.detect)) {
    if (detect.kind === 'known') lists.set(detect.list, [...(lists.get(detect.list) ?? []), detect.alsoBy]);
  }
  return lists;
}

export interface ModelUse {
  /** An order signals on its findings, or on near matches that it confirms. */
  signals: boolean;
  /** The releases that orders pin to confirm near matches, by the digest of their manifest. */
  pinned: readonly ManifestDigest[];
}

/** Each model that an order names, as a classifier or to confirm near matches. */
export function requiredModels(orders: readonly DetectionOrder[]): Map<TargetReference, ModelUse> {
  const models = new Map<TargetReference, ModelUse>();
  for (const { model, signals, pinned } of orders.flatMap((order) => order.detect.flatMap(modelUsesOf))) {
    const before = models.get(model);
    models.set(model, {
      signals: signals || before?.signals === true,
      pinned: [...(before?.pinned ?? []), ...pinned],
    });
  }
  return models;
}

function modelUsesOf(detect: Detect): (ModelUse & { model: TargetReference })[] {
  if (detect.kind === 'classifier') return [{ model: detect.model, signals: detect.signal !== undefined, pinned: [] }];
  const confirm = detect.signal?.confirm;
  return confirm ? [{ model: confirm.model, signals: true, pinned: [confirm.manifestDigest] }] : [];
}

/** The key sets of the receivers that orders name. */
export function requiredKeys(orders: readonly DetectionOrder[]): Set<TargetReference> {
  return new Set(orders.flatMap(({ receiver }) => receiver?.keys ?? []));
}
