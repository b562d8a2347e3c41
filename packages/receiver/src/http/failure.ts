/** What is logged and answered if a handler of a port fails unexpectedly. Flow: app, ingest/endpoint → here. Promise: nothing of the request but its method. */
import type { Logger } from 'pino';
import { logSafeError } from '../log-safe-error.ts';

/** @returns the text of the 500 */
export function logFailure(log: Logger, error: unknown, method: string): string {
  log.error({ error: logSafeError(error), method }, 'a request failed');
  return 'Internal error.\n';
}
