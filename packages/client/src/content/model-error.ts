/** A problem of the classifier with a model, as the error in `status.models`. Pure. Spec: docs/design/client.md#status */
import { LodestoneError, type ManifestDigest } from '@lodestone/protocol';
import type { PartProblem } from './lazy-parts.ts';

const EXPLANATIONS: Record<PartProblem['fault'], string> = {
  digest:
    'this sandbox does not accept its runtime. Publish a runtime that `parts.classifier.runtimes` in sandbox.lock.json names',
  data: 'the runtime cannot read the file, its tensors differ from the manifest, or its output is not between 0 and 1. Publish a corrected version',
  runtime:
    'its runtime failed: memory ran out, the browser lacks WebAssembly SIMD, or the model needs a function that the trimmed runtime lacks',
  ended: 'the classifier’s worker did not start, or ended during an item. The next item tries again',
  unreadable: 'the model file, or the classifier’s code, could not be read. The next item tries again',
};

export function modelError(manifest: ManifestDigest, { fault, cause }: PartProblem): LodestoneError {
  return new LodestoneError('ERR_MODEL', `model ${manifest}: ${EXPLANATIONS[fault]}`, { cause });
}
