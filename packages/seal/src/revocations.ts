/**
 * Signs and verifies the account service's list of revoked pseudonyms.
 * Flow: account service → receiver. Spec: docs/design/contracts.md#revocation-list; Ed25519, RFC 8032
 */
import { compareBytes } from '@lodestone/protocol/bytes';
import { LodestoneError } from '@lodestone/protocol/error';
import {
  parseRevocations,
  printRevocations,
  type RevocationList,
  revocationMessage,
} from '@lodestone/protocol/revocations';

/**
 * @param number higher than that of every earlier list
 * @param pseudonyms all that are revoked, not only new ones
 * @throws {LodestoneError} `ERR_SUBJECT` for an invalid number or pseudonym, or a pseudonym that appears twice
 */
export async function signRevocations(
  key: CryptoKey,
  number: number,
  pseudonyms: readonly Uint8Array<ArrayBuffer>[],
): Promise<Uint8Array<ArrayBuffer>> {
  const list = { number, pseudonyms: [...pseudonyms].sort(compareBytes) };
  const signature = new Uint8Array(await crypto.subtle.sign('Ed25519', key, revocationMessage(list)));
  return printRevocations({ ...list, signature });
}

/** @throws {LodestoneError} `ERR_SUBJECT` for another layout, or if none of the keys signed the list */
export async function openRevocations(keys: readonly CryptoKey[], bytes: Uint8Array): Promise<RevocationList> {
  const list = parseRevocations(bytes);
  const message = revocationMessage(list);
  for (const key of keys) if (await crypto.subtle.verify('Ed25519', key, list.signature, message)) return list;
  throw new LodestoneError('ERR_SUBJECT', 'revocation list: no live subject key signed it');
}
