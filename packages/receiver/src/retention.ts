/**
 * Deletes by itself what nothing needs any longer: signal ids once a replay would be too old, signals by the policy,
 * daily counts, and private keys that open nothing that still counts. Orders stay: they are public. Spec: DESIGN §9.
 */
import { type Day, toDay } from '@lodestone/protocol/time';
import type { Logger } from 'pino';
import type { ReceiverConfig } from './config.ts';
import type { Database } from './db/schema.ts';
import { destroyOldKeys } from './keys/files.ts';

export async function sweep(
  { db, dataDir, config, log }: { db: Database; dataDir: string; config: ReceiverConfig; log: Logger },
  now: number,
): Promise<void> {
  const today = toDay(now);
  const { signalDays, countDays } = config.retention;
  const ids = await db.deleteFrom('signalIds').where('deleteAfter', '<', today).executeTakeFirst();
  const signals = await db
    .deleteFrom('signals')
    .where('arrivedOn', '<', (today - signalDays) as Day)
    .executeTakeFirst();
  await db
    .deleteFrom('orderCounts')
    .where('day', '<', (today - countDays) as Day)
    .execute();
  await db
    .deleteFrom('counts')
    .where('day', '<', (today - countDays) as Day)
    .execute();
  const keys = await destroyOldKeys(dataDir, now);
  log.info({ ids: Number(ids.numDeletedRows), signals: Number(signals.numDeletedRows), keys }, 'retention was applied');
}
