/** Why a lazy part without data does not run, as the error in `status.parts`. Pure. Spec: docs/design/client.md#status */
import { LodestoneError, type PartName } from '@lodestone/protocol';
import type { PartProblem } from './lazy-parts.ts';

const EXPLANATIONS: Record<PartProblem['fault'], string> = {
  digest: 'its code is not that of this build. Deploy all files of one release of @lodestone/client',
  data: 'it refused its input. Please report this',
  runtime: 'its code failed when it started. The next item tries again after a minute',
  ended: 'it did not start in time, or ended during an item. The next item tries again',
  unreadable:
    'its code could not be loaded. Check that the server has all files of the build and the page may load them. The next item tries again',
};

export function partError(part: PartName, { fault, cause }: PartProblem): LodestoneError {
  return new LodestoneError('ERR_SANDBOX_PART', `sandbox part ${part}: ${EXPLANATIONS[fault]}`, { cause });
}
