/**
 * Reduces an error to what the log may contain. A database message can quote values, and so a signal; of such an error
 * only name and code are kept. Promise: no part of a body is logged. Spec: docs/design/receiver.md#ingest.
 */
import { LodestoneError } from '@lodestone/protocol/error';

export interface LogSafeError {
  name: string;
  code?: string;
  message?: string;
  cause?: LogSafeError;
}

/** The only part of a cause that an error message may contain: its code, or its name. */
export function causeCode(cause: unknown): string {
  const { name, code } = logSafeError(cause);
  return code ?? name;
}

export function logSafeError(error: unknown): LogSafeError {
  if (!(error instanceof Error)) return { name: typeof error };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  const message = error instanceof LodestoneError ? { message: error.message } : {};
  const cause = error.cause === undefined ? {} : { cause: logSafeError(error.cause) };
  return { name: error.name, ...code, ...message, ...cause };
}
