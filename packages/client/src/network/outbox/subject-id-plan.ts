/**
 * When a month's batch of subject ids is requested. Pure; time and randomness are arguments. Promise: the times depend on
 * orders, the clock and the account service's answers, never on what matched or how many ids are left.
 * Flow: subject-ids performs the requests. Spec: docs/design/outbox.md#subject-ids
 */
import { DAY_MS, type Month, monthOf, toDay } from '@lodestone/protocol';
import type { StoredIdPlan } from '../storage/records.ts';

/** After a change of month, devices request over a week, so that the account service gets no peak. Until then, last month's ids are used. */
export const SPREAD_MS: number = 7 * DAY_MS;
export const MIN_RETRY_MS = 60_000;
export const MAX_RETRY_MS: number = 6 * 3_600_000;

export interface Moment {
  /** Milliseconds. */
  now: number;
  /** In [0, 1), new for each call. */
  random: number;
}

/** The plan for the current month: the stored one, or a new one after a change of month. The first is due immediately. */
export function planFor(stored: StoredIdPlan | undefined, account: string, { now, random }: Moment): StoredIdPlan {
  const month = monthOf(toDay(now));
  if (!stored) return { account, month, at: now, failures: 0 };
  if (stored.month !== month)
    return { account, month, at: Math.max(now, startOf(month) + Math.floor(random * SPREAD_MS)), failures: 0 };
  // A clock that was set back would otherwise delay a retry until it has caught up.
  if (stored.failures > 0 && stored.at > now + MAX_RETRY_MS) return { ...stored, at: now + MAX_RETRY_MS };
  return stored;
}

export function isDue({ at }: StoredIdPlan, now: number): boolean {
  return at <= now;
}

/**
 * The plan to store before a request. If no answer arrives, also because the page was closed, it is the time of the next
 * attempt: twice as long each time, from 30 to 60 s up to 3 to 6 h.
 */
export function planOfRetry(plan: StoredIdPlan, { now, random }: Moment): StoredIdPlan {
  const delay = Math.min(MIN_RETRY_MS * 2 ** plan.failures, MAX_RETRY_MS);
  return { ...plan, at: now + delay * (0.5 + random / 2), failures: plan.failures + 1 };
}

function startOf(month: Month): number {
  return Date.parse(`${month}-01T00:00:00Z`);
}
