/**
 * Checks that an order signals only on models with per-group accuracy figures: how often they are wrong, and for whom.
 * An order authority does not have the provider's models, so the caller passes their manifests.
 * Spec: docs/design/authority.md#orders
 */
import { LodestoneError } from '@lodestone/protocol/error';
import type { ManifestDigest } from '@lodestone/protocol/digest';
import { type ModelManifest, printModelManifest } from '@lodestone/protocol/model';
import { modelManifestPath, splitReference, type TargetReference } from '@lodestone/protocol/paths';
import type { Detect, DetectionOrder } from '@lodestone/protocol/order';
import { sha256Hex } from '../repository/digest.ts';

/**
 * @returns the models on which the order signals and whose manifest was not given
 * @throws {LodestoneError} `ERR_MODEL` with the rule's name; `ERR_USAGE` for a manifest of a model that the order does not use
 */
export function checkModelAccuracy(order: DetectionOrder, models: readonly ModelManifest[]): TargetReference[] {
  const uses = order.detect.flatMap(usesOf);
  for (const manifest of models) {
    if (!uses.some((use) => isManifestOf(use, manifest)))
      throw new LodestoneError(
        'ERR_USAGE',
        `order ${order.id} does not use the model "${manifest.model}"; leave out its manifest`,
      );
  }
  const signalling = uses.filter(({ signals }) => signals);
  for (const use of signalling) {
    const manifest = models.find((one) => isManifestOf(use, one));
    if (manifest) checkManifest(order, use, manifest);
  }
  const unchecked = signalling.filter((use) => !models.some((manifest) => isManifestOf(use, manifest)));
  return [...new Set(unchecked.map(({ model }) => model))];
}

function checkManifest({ id }: DetectionOrder, { pinned }: ModelUse, manifest: ModelManifest): void {
  const { model, version, figures } = manifest;
  if (figures.length === 0)
    throw new LodestoneError(
      'ERR_MODEL',
      `order ${id} violates the rule signal-needs-figures: model ${model} ${version} has no per-group accuracy figures, ` +
        'so the order may warn or block with it but not signal',
    );
  const digest = sha256Hex(printModelManifest(manifest));
  if (pinned && pinned !== digest)
    throw new LodestoneError(
      'ERR_MODEL',
      `order ${id} violates the rule confirm-pins-a-release: it pins the manifest ${pinned}, but the manifest of model ` +
        `${model} ${version} has the digest ${digest}`,
    );
}

/** A model that the order uses: to classify, or to confirm near matches by one pinned release. */
interface ModelUse {
  model: TargetReference;
  signals: boolean;
  pinned?: ManifestDigest;
}

function usesOf(item: Detect): ModelUse[] {
  if (item.kind === 'classifier') return [{ model: item.model, signals: item.signal !== undefined }];
  const confirm = item.signal?.confirm;
  return confirm ? [{ model: confirm.model, signals: true, pinned: confirm.manifestDigest }] : [];
}

function isManifestOf({ model }: ModelUse, manifest: ModelManifest): boolean {
  return splitReference(model).path === modelManifestPath(manifest.model);
}
