/** Every migration, in the order in which they run. A new one is a file in this folder and a line here. */
import type { Migration } from 'kysely/migration';
import { initialSchema } from './0001-initial-schema.ts';
import { review } from './0002-review.ts';
import { contests } from './0003-contests.ts';
import { retention } from './0004-retention.ts';
import { consoleSignIn } from './0005-console.ts';
import { withdrawals } from './0006-withdrawals.ts';
import { requests } from './0007-requests.ts';
import { floods } from './0008-floods.ts';
import { monthlyCounts } from './0009-monthly-counts.ts';
import { totpSalts } from './0010-totp-salts.ts';
import { consoleIndexes } from './0011-console-indexes.ts';
import { clock } from './0012-clock.ts';
import { floodsAndLookups } from './0013-floods-and-look-ups.ts';

export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-initial-schema': initialSchema,
  '0002-review': review,
  '0003-contests': contests,
  '0004-retention': retention,
  '0005-console': consoleSignIn,
  '0006-withdrawals': withdrawals,
  '0007-requests': requests,
  '0008-floods': floods,
  '0009-monthly-counts': monthlyCounts,
  '0010-totp-salts': totpSalts,
  '0011-console-indexes': consoleIndexes,
  '0012-clock': clock,
  '0013-floods-and-look-ups': floodsAndLookups,
};
