/**
 * Signs and verifies the account service's list of young accounts.
 * Flow: account service → receiver. Spec: docs/design/contracts.md#young-accounts; Ed25519, RFC 8032
 */
import { fromHex, toHex, utf8 } from '@lodestone/protocol/bytes';
import { LodestoneError } from '@lodestone/protocol/error';
import {
  parseYoungAccounts,
  YOUNG_ACCOUNTS_SCHEMA,
  type YoungAccountList,
  youngAccountsMessage,
} from '@lodestone/protocol/young-accounts';

/**
 * @param key of the account service, as for subject ids
 * @param accounts `pseudonyms` in any order
 * @returns the file, for `lodestone-receiver young-accounts`
 * @throws {LodestoneError} `ERR_SCHEMA`, `ERR_SIZE` for a list that no receiver accepts
 */
export async function signYoungAccounts(key: CryptoKey, accounts: YoungAccountList): Promise<Uint8Array<ArrayBuffer>> {
  const list = { ...accounts, pseudonyms: accounts.pseudonyms.toSorted(byText) };
  const signature = toHex(new Uint8Array(await crypto.subtle.sign('Ed25519', key, youngAccountsMessage(list))));
  const bytes = utf8(`${JSON.stringify({ schema: YOUNG_ACCOUNTS_SCHEMA, list, signature })}\n`);
  parseYoungAccounts(bytes);
  return bytes;
}

const byText = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** @throws {LodestoneError} `ERR_SCHEMA`, `ERR_SIZE`; `ERR_SUBJECT` if none of the keys signed the list */
export async function openYoungAccounts(keys: readonly CryptoKey[], bytes: Uint8Array): Promise<YoungAccountList> {
  const { list, signature } = parseYoungAccounts(bytes);
  const message = youngAccountsMessage(list);
  for (const key of keys) if (await crypto.subtle.verify('Ed25519', key, fromHex(signature), message)) return list;
  throw new LodestoneError('ERR_SUBJECT', 'list of young accounts: no live subject key signed it');
}
