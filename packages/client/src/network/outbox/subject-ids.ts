/**
 * The subject ids of the account that is signed in. A month's batch is requested on a schedule while an order in force
 * requires a pseudonym, never because something matched. Promise: no id is taken twice, nor for another account.
 * Flow: host's account service → here → keep-match. Spec: docs/design/outbox.md#subject-ids
 */
import {
  coversDay,
  type Day,
  fromHex,
  equalBytes,
  lastDayOf,
  LIMITS,
  LodestoneError,
  type Month,
  parseSubjectIds,
  type SubjectId,
  toDay,
  toHex,
  utf8,
} from '@lodestone/protocol';
import { digestOfEndpoint } from '@lodestone/seal';
import type { StoredIdPlan, StoredSubjectIds } from '../storage/records.ts';
import type { Storage } from '../storage/transaction.ts';
import { isDue, type Moment, planFor, planOfRetry } from './subject-id-plan.ts';

export interface SubjectIds {
  /**
   * Takes one id out of storage, in one transaction; a crash before its signal is stored loses it. Undefined if no batch
   * covers the day, or all 40 ids of the newest that does are taken: a match of this day then cannot signal.
   */
  take(account: string, day: Day): Promise<SubjectId | undefined>;
  /** Whether a batch of the account that is signed in covers the day, whether or not matches have taken all of its ids. */
  covers(day: Day): Promise<boolean>;
  /** Orders may have changed: requests a batch if one is due, and schedules the next request. */
  wake(): void;
}

export interface SubjectIdsOptions {
  storage: Storage;
  /** Short digest of the account that is signed in (`digestOfAccount`); undefined without the option `subject`. */
  account: string | undefined;
  /** The host's account service. */
  fetchIds: ((month: string) => Promise<Uint8Array>) | undefined;
  /** Address of the receiver, as orders name it. */
  endpoint: string;
  /** An order in force requires a pseudonym. */
  isRequired: () => boolean;
  now: () => number;
  /** In [0, 1). */
  random: () => number;
  /** This month's batch is there, also because another tab has fetched it, or the request for it failed. */
  onLook: (error: LodestoneError | undefined) => void;
  stop: AbortSignal;
}

/** Timers stop while a device sleeps and clocks change, so the schedule is read again at least this often. */
const MAX_SLEEP_MS = 3_600_000;
/** The account service's answer is awaited for this long. */
const DEADLINE_MS = 60_000;

/** Separates the records of accounts in storage: 8 bytes of SHA-256 in hex, never the account's name. */
export async function digestOfAccount(account: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', utf8(`lodestone/account/v1 ${account}`));
  return toHex(new Uint8Array(digest).subarray(0, 8));
}

export function openSubjectIds(options: SubjectIdsOptions): SubjectIds {
  const { storage } = options;
  return {
    wake: runner(options),
    covers: (day) =>
      storage.transact(
        ['subject-ids'],
        async (tx) =>
          options.account !== undefined && newestFor(await tx.all('subject-ids'), options.account, day) !== undefined,
      ),
    take: (account, day) =>
      storage.transact(['subject-ids'], async (tx) => {
        const batch = newestFor(await tx.all('subject-ids'), account, day);
        const [id, ...unused] = batch?.unused ?? [];
        if (!batch || !id) return undefined;
        await tx.put('subject-ids', keyOf(batch), { ...batch, unused });
        return { ...id, pseudonym: batch.pseudonym, lastDay: batch.lastDay };
      }),
  };
}

/** Runs one request at a time, then sleeps until the next one may be due. */
function runner(options: SubjectIdsOptions): () => void {
  const { isRequired, now, onLook, stop } = options;
  let running: Promise<void> | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  stop.addEventListener('abort', () => clearTimeout(timer));

  const run = async (): Promise<void> => {
    try {
      const next = await requestIfDue(options);
      if (stop.aborted) return;
      if (next.isThere) onLook(undefined);
      timer = setTimeout(wake, Math.min(Math.max(next.at - now(), 0), MAX_SLEEP_MS));
    } catch (cause) {
      if (stop.aborted) return;
      onLook(typed(cause));
      timer = setTimeout(wake, MAX_SLEEP_MS);
    }
  };
  const wake = (): void => {
    clearTimeout(timer);
    if (stop.aborted || !isRequired()) return;
    running ??= run().finally(() => (running = undefined));
  };
  return wake;
}

/** @returns when to look at the schedule again, and whether this month's batch is there */
async function requestIfDue(options: SubjectIdsOptions): Promise<{ at: number; isThere: boolean }> {
  const { storage, account, fetchIds, now, random } = options;
  if (account === undefined || !fetchIds)
    throw new LodestoneError(
      'ERR_SUBJECT',
      'an order requires a pseudonym. Pass `subject` to createGuard: the signed-in account, and a function that fetches its subject ids',
    );
  const claim = await claimRequest(storage, account, { now: now(), random: random() });
  if (claim.kind === 'there') return { at: now() + MAX_SLEEP_MS, isThere: true };
  if (claim.kind === 'wait') return { at: claim.at, isThere: false };
  try {
    const batch = await requestBatch(options, account, fetchIds, claim.plan.month);
    await storeBatch(storage, batch, toDay(now()));
    return { at: now() + MAX_SLEEP_MS, isThere: true };
  } catch (cause) {
    if (!options.stop.aborted) options.onLook(typed(cause));
    return { at: claim.plan.at, isThere: false };
  }
}

type Claim = { kind: 'there' } | { kind: 'wait'; at: number } | { kind: 'request'; plan: StoredIdPlan };

/** Decides in one transaction, so that of all tabs one sends the request. */
function claimRequest(storage: Storage, account: string, moment: Moment): Promise<Claim> {
  return storage.transact(['subject-ids', 'subject-id-plans'], async (tx): Promise<Claim> => {
    const plan = planFor(await tx.get('subject-id-plans', account), account, moment);
    if (await tx.get('subject-ids', keyOf(plan))) return { kind: 'there' };
    const due = isDue(plan, moment.now);
    const stored = due ? planOfRetry(plan, moment) : plan;
    await tx.put('subject-id-plans', account, stored);
    return due ? { kind: 'request', plan: stored } : { kind: 'wait', at: stored.at };
  });
}

/** A batch of this month that another tab has stored stays: ids were perhaps taken from it. Batches that ended are deleted. */
function storeBatch(storage: Storage, batch: StoredSubjectIds, today: Day): Promise<void> {
  return storage.transact(['subject-ids'], async (tx) => {
    for (const [key, { lastDay }] of await tx.all('subject-ids'))
      if (lastDay + LIMITS.subjectIdDays < today) await tx.delete('subject-ids', key);
    if (!(await tx.get('subject-ids', keyOf(batch)))) await tx.put('subject-ids', keyOf(batch), batch);
  });
}

const keyOf = ({ account, month }: { account: string; month: Month }): string => `${account} ${month}`;

/** The batch of the day's own month; that of the month before while the newer one was not received. */
function newestFor(
  batches: readonly [key: unknown, batch: StoredSubjectIds][],
  account: string,
  day: Day,
): StoredSubjectIds | undefined {
  return batches
    .map(([, batch]) => batch)
    .filter((batch) => batch.account === account && coversDay(batch, day) && !batch.isGivenUp)
    .sort((a, b) => b.lastDay - a.lastDay)[0];
}

async function requestBatch(
  { endpoint }: SubjectIdsOptions,
  account: string,
  fetchIds: NonNullable<SubjectIdsOptions['fetchIds']>,
  month: Month,
): Promise<StoredSubjectIds> {
  const bytes: unknown = await withDeadline(fetchIds(month));
  if (!(bytes instanceof Uint8Array))
    throw new LodestoneError('ERR_SUBJECT', '`subject.fetchIds` must return the bytes that the account service issued');
  const { endpointDigest, pseudonym, lastDay, ids } = parseSubjectIds(bytes);
  if (lastDay !== lastDayOf(month))
    throw new LodestoneError('ERR_SUBJECT', `the account service returned subject ids of another month than ${month}`);
  if (!equalBytes(fromHex(endpointDigest), fromHex(await digestOfEndpoint(endpoint))))
    throw new LodestoneError(
      'ERR_SUBJECT',
      `the account service returned subject ids for another endpoint than ${endpoint}`,
    );
  return { account, month, pseudonym, lastDay, unused: [...ids] };
}

async function withDeadline<T>(answer: Promise<T>): Promise<T> {
  const { promise: expired, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new LodestoneError('ERR_SUBJECT', `the account service did not answer in ${DEADLINE_MS / 1_000} s`)),
    DEADLINE_MS,
  );
  try {
    return await Promise.race([answer, expired]);
  } finally {
    clearTimeout(timer);
  }
}

function typed(cause: unknown): LodestoneError {
  if (cause instanceof LodestoneError) return cause;
  return new LodestoneError('ERR_SUBJECT', 'the account service returned no subject ids. The request is repeated', {
    cause,
  });
}
