/** A bound on how long a request waits for the database. Flow: http/app, metrics, console, contests → here. Spec: docs/design/receiver.md#faults */
import { LodestoneError } from '@lodestone/protocol/error';

/** Seconds, in the `Retry-After` of what the database kept from being answered. */
export const RETRY_AFTER = '60';

export class LateError extends LodestoneError<'ERR_RECEIVER'> {
  constructor(ms: number) {
    super('ERR_RECEIVER', `the database gave no answer within ${ms} ms`);
  }
}

/** The work goes on after the time, and what it stores stays stored. @throws {LateError} if it takes longer */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new LateError(ms)), ms);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
