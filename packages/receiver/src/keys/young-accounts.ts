/**
 * Keeps the account service's list of young accounts in `DATA/young-accounts.json`.
 * Flow: young-accounts → here → floods/ages. Spec: docs/design/receiver.md#floods
 */
import { LodestoneError } from '@lodestone/protocol/error';
import { parseYoungAccounts, type YoungAccountList } from '@lodestone/protocol/young-accounts';
import { openYoungAccounts } from '@lodestone/seal';
import { acceptList, readList, type SignedList, verifyList } from './signed-list.ts';

const YOUNG_ACCOUNTS: SignedList<YoungAccountList> = {
  fileName: 'young-accounts.json',
  parse: (bytes) => parseYoungAccounts(bytes).list,
  open: openYoungAccounts,
  unreadable: 'a list of young accounts; delete it, and accept a new one with young-accounts',
};

/** @throws {LodestoneError} `ERR_RECEIVER` if no live subject key signed the list, its day is not there yet, or a newer one was accepted */
export async function acceptYoungAccounts(dataDir: string, bytes: Uint8Array, now: number): Promise<YoungAccountList> {
  const { day } = await verifyList(dataDir, YOUNG_ACCOUNTS, bytes);
  // Accounts that began since the list was made would count as old until that day.
  if (Date.parse(day) > now)
    throw new LodestoneError(
      'ERR_RECEIVER',
      `the list is of ${day}, which has not begun in UTC; set the clock of the machine that made it, or of this one`,
    );
  return acceptList(dataDir, YOUNG_ACCOUNTS, bytes);
}

/** Undefined before the first list. */
export const readYoungAccounts = (dataDir: string): Promise<YoungAccountList | undefined> =>
  readList(dataDir, YOUNG_ACCOUNTS);
