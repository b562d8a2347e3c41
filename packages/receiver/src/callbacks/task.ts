/** Delivers callbacks every two seconds, to the addresses that receiver.json has. Flow: receiver → here → deliver. Spec: docs/design/receiver.md#callbacks */
import { LodestoneError } from '@lodestone/protocol/error';
import type { ReceiverConfig } from '../config.ts';
import { CALLBACK_SECRET_VARIABLE } from '../contests/secrets.ts';
import { CALLBACK_TARGETS, type CallbackTargetName } from '../db/schema-contests.ts';
import { logSafeError } from '../log-safe-error.ts';
import { PeriodicTask } from '../periodic-task.ts';
import { deliverCallbacks, type DeliveryContext } from './deliver.ts';

const EVERY_MS = 2_000;

/** @returns undefined if there is no address. @throws {LodestoneError} `ERR_RECEIVER` for an address without a secret */
export function callbackTask(
  { config, ...context }: Omit<DeliveryContext, 'targets'> & { config: ReceiverConfig },
  secret: string | undefined,
): PeriodicTask<number> | undefined {
  const urls: Record<CallbackTargetName, string | undefined> = {
    contests: config.contests?.callback,
    preserve: config.requests?.preserve,
    takedown: config.requests?.takedown,
  };
  const named = CALLBACK_TARGETS.flatMap((name) => (urls[name] === undefined ? [] : [[name, urls[name]] as const]));
  if (named.length === 0) return undefined;
  if (secret === undefined)
    throw new LodestoneError(
      'ERR_RECEIVER',
      `receiver.json has an address for callbacks, and no secret signs them; set ${CALLBACK_SECRET_VARIABLE}`,
    );
  const targets = Object.fromEntries(named.map(([name, url]) => [name, { url, secret }]));
  return new PeriodicTask(() => deliverCallbacks({ ...context, targets }), {
    everyMs: EVERY_MS,
    onFailure: (error) => context.log.error({ error: logSafeError(error) }, 'callbacks failed'),
  });
}
