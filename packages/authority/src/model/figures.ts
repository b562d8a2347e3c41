/**
 * May an order signal by its models? Only by those whose figures by group are known: how often they are wrong, and about
 * whom. A court's authority has no model itself, so it is shown the provider's manifests.
 */
import { LodestoneError } from '@lodestone/protocol/error';
import type { ModelManifest } from '@lodestone/protocol/model';
import { modelManifestPath, splitReference, type TargetReference } from '@lodestone/protocol/paths';
import type { DetectClassifier, DetectionOrder } from '@lodestone/protocol/order';

/**
 * @returns the models that it signals by, and that could not be judged
 * @throws {LodestoneError} `ERR_MODEL` by the rule's name; `ERR_USAGE` for a manifest that the order does not name
 */
export function checkFigures(order: DetectionOrder, models: readonly ModelManifest[]): TargetReference[] {
  const items = order.detect.filter((item): item is DetectClassifier => item.kind === 'classifier');
  for (const manifest of models) {
    if (!items.some((item) => isOf(item, manifest)))
      throw new LodestoneError('ERR_USAGE', `order ${order.id}: it names no model "${manifest.model}"`);
  }
  const signalling = items.filter(({ signal }) => signal !== undefined);
  const unjudged = signalling.filter((item) => {
    const manifest = models.find((one) => isOf(item, one));
    if (manifest && manifest.figures.length === 0) {
      throw new LodestoneError(
        'ERR_MODEL',
        `order ${order.id} breaks the rule signal-needs-figures: model ${manifest.model} ${manifest.version} has no ` +
          'figures by group, so it may warn and block, and nothing may be signalled by it',
      );
    }
    return manifest === undefined;
  });
  return [...new Set(unjudged.map(({ model }) => model))];
}

function isOf({ model }: DetectClassifier, manifest: ModelManifest): boolean {
  return splitReference(model).path === modelManifestPath(manifest.model);
}
