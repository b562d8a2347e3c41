/**
 * An error as the log may have it. A database's own messages can quote values, and so a signal: of those only the code
 * is kept. Promise: nothing of a body is ever logged.
 */
import { LodestoneError } from '@lodestone/protocol/error';

export interface DescribedError {
  name: string;
  code?: string;
  message?: string;
  cause?: DescribedError;
}

export function describe(error: unknown): DescribedError {
  if (!(error instanceof Error)) return { name: typeof error };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  const message = error instanceof LodestoneError ? { message: error.message } : {};
  const cause = error.cause === undefined ? {} : { cause: describe(error.cause) };
  return { name: error.name, ...code, ...message, ...cause };
}
