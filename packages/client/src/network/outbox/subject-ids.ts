/**
 * The subject ids of the account that is signed in: the monthly batch of the account service is requested while an order in
 * force requires a pseudonym, never because something matched. Promise: no id is taken twice, nor by another account.
 * Flow: host's account service → here → keep-match. Spec: docs/design/outbox.md#subject-ids
 */
import {
  coversDay,
  type Day,
  equalBytes,
  fromHex,
  lastDayOf,
  LodestoneError,
  type Month,
  monthOf,
  parseSubjectIds,
  type SubjectId,
  toDay,
  toHex,
  utf8,
} from '@lodestone/protocol';
import { digestOfEndpoint } from '@lodestone/seal';
import type { StoredSubjectIds } from '../storage/records.ts';
import type { Storage } from '../storage/transaction.ts';

export interface SubjectIds {
  /** Ids that cover matches of this day were received. They may be used up. */
  isArmed(account: string, day: Day): Promise<boolean>;
  /** Takes one id out of storage. A crash before it is used loses it. Undefined if none covers the day or all are used. */
  take(account: string, day: Day): Promise<SubjectId | undefined>;
  /** Orders may have changed: requests a batch if one is required and the month's is not stored. */
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
  /** A batch was stored, or the request failed. */
  onChange: (error: LodestoneError | undefined) => void;
  stop: AbortSignal;
}

const RETRY_MS = 60_000;

/** Separates the records of accounts in storage: 8 bytes of SHA-256 in hex, never the account's name. */
export async function digestOfAccount(account: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', utf8(`lodestone/account/v1 ${account}`));
  return toHex(new Uint8Array(digest).subarray(0, 8));
}

export function openSubjectIds(options: SubjectIdsOptions): SubjectIds {
  const { storage, account, isRequired, now, onChange, stop } = options;
  let running: Promise<void> | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  stop.addEventListener('abort', () => clearTimeout(timer));

  const requestIfRequired = async (): Promise<void> => {
    if (stop.aborted || !isRequired()) return;
    try {
      const month = monthOf(toDay(now()));
      if (
        account !== undefined &&
        (await storage.transact(['subject-ids'], (tx) => tx.get('subject-ids', keyOf(account, month))))
      )
        return;
      const batch = await requestBatch(options, month);
      await storage.transact(['subject-ids'], (tx) => tx.put('subject-ids', keyOf(batch.account, month), batch));
      onChange(undefined);
    } catch (cause) {
      if (stop.aborted) return;
      onChange(typed(cause));
      timer = setTimeout(wake, RETRY_MS);
    }
  };
  const wake = (): void => {
    clearTimeout(timer);
    running ??= requestIfRequired().finally(() => (running = undefined));
  };

  return {
    wake,
    isArmed: (of, day) =>
      storage.transact(['subject-ids'], async (tx) => covering(await tx.all('subject-ids'), of, day) !== undefined),
    take: (of, day) =>
      storage.transact(['subject-ids'], async (tx) => {
        const batch = covering(await tx.all('subject-ids'), of, day);
        const [id, ...unused] = batch?.unused ?? [];
        if (!batch || !id) return undefined;
        await tx.put('subject-ids', keyOf(of, batch.month), { ...batch, unused });
        return { ...id, pseudonym: batch.pseudonym, lastDay: batch.lastDay };
      }),
  };
}

const keyOf = (account: string, month: Month): string => `${account} ${month}`;

/** The batch of the day's own month; that of the month before while the newer one was not received. */
function covering(
  batches: readonly [key: unknown, batch: StoredSubjectIds][],
  account: string,
  day: Day,
): StoredSubjectIds | undefined {
  return batches
    .map(([, batch]) => batch)
    .filter((batch) => batch.account === account && coversDay(batch, day))
    .sort((a, b) => b.lastDay - a.lastDay)[0];
}

async function requestBatch(
  { account, fetchIds, endpoint }: SubjectIdsOptions,
  month: Month,
): Promise<StoredSubjectIds> {
  if (account === undefined || !fetchIds)
    throw new LodestoneError(
      'ERR_SUBJECT',
      'an order requires a pseudonym. Pass `subject` to createGuard: the signed-in account, and a function that fetches its subject ids',
    );
  const bytes: unknown = await fetchIds(month);
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

function typed(cause: unknown): LodestoneError {
  if (cause instanceof LodestoneError) return cause;
  return new LodestoneError('ERR_SUBJECT', 'the account service returned no subject ids. The request is repeated', {
    cause,
  });
}
