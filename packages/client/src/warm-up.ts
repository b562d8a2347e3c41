/**
 * Makes ready for the first picture: the models that orders in force name are loaded ahead of it, one at a time, when no check
 * waits. Flow: guard → here → queue → sandbox. Promise: without such an order none is loaded, and a check waits for one at most.
 */
import { type Digest, type Surface, SURFACES } from '@lodestone/protocol';
import type { CheckParts } from './check.ts';
import { modelsFor } from './scan-plan.ts';

export interface WarmUpParts extends Pick<CheckParts, 'inputs' | 'queue' | 'sandbox'> {
  /** The sandbox runs: for a model alone it is not started. */
  isReady: () => boolean;
}

export interface WarmUp {
  /** What is in force, or the sandbox, has changed. Each model once: what the classifier's idle end gives back is not taken again. */
  changed(): void;
  /** A picture may come soon on this surface. */
  expected(surface: Surface): void;
}

export function createWarmUp({ inputs, queue, sandbox, isReady }: WarmUpParts): WarmUp {
  const seen = new Set<Digest>();
  const load = (model: Digest): void =>
    queue.whenIdle(model, async () => {
      if (isReady() && modelsFor(inputs(), SURFACES).includes(model)) await sandbox.prepare(model);
    });

  return {
    changed() {
      if (!isReady()) return;
      for (const model of modelsFor(inputs(), SURFACES)) {
        if (!seen.has(model)) load(model);
        seen.add(model);
      }
    },
    expected(surface) {
      for (const model of modelsFor(inputs(), [surface])) load(model);
    },
  };
}
