/** The error of every call after `dispose`. Spec: docs/design/client.md#guard */
import { LodestoneError } from '@lodestone/protocol/error';

export function disposedError(): LodestoneError {
  return new LodestoneError('ERR_DISPOSED', 'the guard was disposed: create another one');
}
