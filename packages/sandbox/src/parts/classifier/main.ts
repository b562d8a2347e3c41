/**
 * The classifier, a lazy part that runs as a worker: a model and a reduced picture give a bucket. It can be ended without losing
 * the lists, which frees memory that its runtime never returns. Flow: scanner → here → models. Spec: docs/design/sandbox.md#classifier
 */
import type { ManifestDigest } from '@lodestone/protocol/digest';
import type { SandboxModel } from '@lodestone/protocol/model';
import { createModelInput, type ToModelInput } from '../../decode/model-input.ts';
import { PartError, servePart } from '../part.ts';
import { CLASSIFIER_KEPT } from './capabilities.ts';
import type { ClassifierInput } from './input.ts';
import { Models } from './models.ts';

const inputs = new Map<ManifestDigest, ToModelInput>();
let models: Models | undefined;

servePart<SandboxModel, ClassifierInput>(
  {
    start(runtime) {
      if (!runtime) throw new PartError('digest');
      models = new Models(runtime);
    },
    async load(digest, model) {
      if (!models) throw new PartError('runtime');
      await models.load(model);
      inputs.set(digest, createModelInput(model.input));
    },
    async run(digest, { pixels, full }) {
      const toInput = digest && inputs.get(digest);
      if (!models || !toInput) throw new PartError('data');
      const tensor = toInput(pixels, full);
      pixels.data.fill(0);
      return models.run(digest, tensor);
    },
    idle: () => models?.forget(),
  },
  CLASSIFIER_KEPT,
);

// The runtime reads a clock, and writes to a console if it fails. It gets a clock that never advances and a console without output.
const ignore = (): void => undefined;
replace('console', { debug: ignore, error: ignore, info: ignore, log: ignore, warn: ignore });
replace('performance', { now: () => 0, timeOrigin: 0 });

function replace(name: string, value: object): void {
  Object.defineProperty(globalThis, name, { value: Object.freeze(value) });
}
