/** A part of the client that is a chunk of its own in the host's bundle could not be loaded. Spec: docs/design/client.md#chunks */
import { LodestoneError } from '@lodestone/protocol/error';

export const LOAD_FIX =
  'serve every chunk of your bundle, also those of the version before; offline, the next check tries again';

/** `what` is the subject of the message: what of the client could not be loaded. */
export function loadError(what: string, cause: unknown): LodestoneError<'ERR_LOAD'> {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new LodestoneError('ERR_LOAD', `${what} of @lodestone/client could not be loaded: ${why}`, { cause });
}

/** @throws {LodestoneError} `ERR_LOAD` */
export async function loaded<T>(what: string, chunk: Promise<T>): Promise<T> {
  try {
    return await chunk;
  } catch (cause) {
    throw loadError(what, cause);
  }
}
