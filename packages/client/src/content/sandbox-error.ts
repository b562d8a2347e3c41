/** The error of a sandbox that does not start, or ends. Spec: docs/design/sandbox.md#boot */
import { LodestoneError } from '@lodestone/protocol';

export function asSandboxError(error: unknown): LodestoneError {
  return error instanceof LodestoneError
    ? error
    : new LodestoneError('ERR_SANDBOX_BOOT', 'the sandbox could not be started', { cause: error });
}
