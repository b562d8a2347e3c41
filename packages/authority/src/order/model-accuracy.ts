/**
 * Checks that an order signals only on models with per-group accuracy figures: how often they are wrong, and for whom.
 * An order authority does not have the provider's models, so the caller passes their manifests.
 * Spec: docs/design/authority.md#orders
 */
import { LodestoneError } from '@lodestone/protocol/error';
import type { ModelManifest } from '@lodestone/protocol/model';
import { modelManifestPath, splitReference, type TargetReference } from '@lodestone/protocol/paths';
import type { DetectClassifier, DetectionOrder } from '@lodestone/protocol/order';

/**
 * @returns the models on which the order signals and whose manifest was not given
 * @throws {LodestoneError} `ERR_MODEL` with the rule's name; `ERR_USAGE` for a manifest of a model that the order does not use
 */
export function checkModelAccuracy(order: DetectionOrder, models: readonly ModelManifest[]): TargetReference[] {
  const items = order.detect.filter((item): item is DetectClassifier => item.kind === 'classifier');
  for (const manifest of models) {
    if (!items.some((item) => isManifestOf(item, manifest)))
      throw new LodestoneError(
        'ERR_USAGE',
        `order ${order.id} does not use the model "${manifest.model}"; leave out its manifest`,
      );
  }
  const signalling = items.filter(({ signal }) => signal !== undefined);
  const unchecked = signalling.filter((item) => {
    const manifest = models.find((one) => isManifestOf(item, one));
    if (manifest && manifest.figures.length === 0) {
      throw new LodestoneError(
        'ERR_MODEL',
        `order ${order.id} violates the rule signal-needs-figures: model ${manifest.model} ${manifest.version} has no ` +
          'per-group accuracy figures, so the order may warn or block with it but not signal',
      );
    }
    return manifest === undefined;
  });
  return [...new Set(unchecked.map(({ model }) => model))];
}

function isManifestOf({ model }: DetectClassifier, manifest: ModelManifest): boolean {
  return splitReference(model).path === modelManifestPath(manifest.model);
}
