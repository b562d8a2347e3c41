/** The clock of a test is believed, except where it is the subject. */
import { toDay } from '@lodestone/protocol/time';
import type { TrustedTime } from '../../src/clock/trusted-time.ts';
import type { Database } from '../../src/db/schema.ts';

export const trusted = (now: number): TrustedTime => now as TrustedTime;

/** The receiver believes a clock of about this time, as if it had run on the days before. */
export async function believe(db: Database, now: number): Promise<void> {
  await db
    .updateTable('clock')
    .set({ lastDay: toDay(now) })
    .execute();
}
