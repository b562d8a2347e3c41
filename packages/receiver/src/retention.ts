/**
 * Deletes what is no longer needed: signal ids that no replay could use, signals and counts by the configured days, and
 * private keys whose signals no longer count. Orders stay: they are public. Flow: receiver → here → database and keys.
 * Spec: docs/design/receiver.md#retention.
 */
import { type Day, toDay } from '@lodestone/protocol/time';
import type { Logger } from 'pino';
import type { ReceiverConfig } from './config.ts';
import type { Database } from './db/schema.ts';
import { destroyExpiredKeys } from './keys/files.ts';

export interface RetentionContext {
  db: Database;
  /** Folder of the private keys. */
  keysFolder: string;
  config: ReceiverConfig;
  log: Logger;
}

export async function applyRetention({ db, keysFolder, config, log }: RetentionContext, now: number): Promise<void> {
  const today = toDay(now);
  const oldestArrival = (today - config.retention.signalDays) as Day;
  const oldestCount = (today - config.retention.countDays) as Day;
  const ids = await db.deleteFrom('signalIds').where('deleteAfter', '<', today).executeTakeFirst();
  const signals = await db.deleteFrom('signals').where('arrivalDay', '<', oldestArrival).executeTakeFirst();
  await db.deleteFrom('orderCounts').where('day', '<', oldestCount).execute();
  await db.deleteFrom('counts').where('day', '<', oldestCount).execute();
  const keys = await destroyExpiredKeys(keysFolder, now);
  log.info({ ids: Number(ids.numDeletedRows), signals: Number(signals.numDeletedRows), keys }, 'retention applied');
}
