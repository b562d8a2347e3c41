/**
 * Loads the models that orders in force name before the first picture, one at a time, while no check waits.
 * Flow: guard → here → queue → sandbox. Promise: without such an order no model is loaded, and a check waits for one model at
 * most. Spec: docs/design/client.md#guard
 */
import { type ManifestDigest, type Surface, SURFACES } from '@lodestone/protocol';
import type { CheckParts } from './check.ts';
import { modelsFor } from './scan-plan.ts';

export interface WarmUpParts extends Pick<CheckParts, 'inputs' | 'queue' | 'sandbox'> {
  /** Whether the sandbox runs. It is not started for a model alone. */
  isReady: () => boolean;
}

export interface WarmUp {
  /** The inputs or the sandbox changed. Loads each model once: one that the classifier's idle end released is not reloaded. */
  changed(): void;
  /** A picture is likely to come soon on this surface: loads its models, again if necessary. */
  expected(surface: Surface): void;
}

export function createWarmUp({ inputs, queue, sandbox, isReady }: WarmUpParts): WarmUp {
  const loadedOnce = new Set<ManifestDigest>();
  const load = (model: ManifestDigest): void =>
    queue.whenIdle(model, async () => {
      if (isReady() && modelsFor(inputs(), SURFACES).includes(model)) await sandbox.prepare(model);
    });

  return {
    changed() {
      if (!isReady()) return;
      for (const model of modelsFor(inputs(), SURFACES)) {
        if (!loadedOnce.has(model)) load(model);
        loadedOnce.add(model);
      }
    },
    expected(surface) {
      for (const model of modelsFor(inputs(), [surface])) load(model);
    },
  };
}
