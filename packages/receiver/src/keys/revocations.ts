/**
 * Keeps the account service's list of revoked pseudonyms in `DATA/revoked-pseudonyms.bin`. Signals of a revoked pseudonym
 * are rejected from the next refresh on. Flow: revoke → here → ingest. Spec: docs/design/receiver.md#revoked-pseudonyms.
 */
import { toHex } from '@lodestone/protocol/bytes';
import { parseRevocations, type RevocationList } from '@lodestone/protocol/revocations';
import { openRevocations } from '@lodestone/seal';
import { acceptList, readList, type SignedList } from './signed-list.ts';

const REVOCATIONS: SignedList<RevocationList> = {
  fileName: 'revoked-pseudonyms.bin',
  parse: parseRevocations,
  open: openRevocations,
  unreadable: 'a revocation list; restore it from a backup',
};

/** The revoked pseudonyms in hex. */
export async function readRevoked(dataDir: string): Promise<ReadonlySet<string>> {
  const list = await readList(dataDir, REVOCATIONS);
  return new Set(list?.pseudonyms.map(toHex));
}

/** @throws {LodestoneError} `ERR_RECEIVER` if no live subject key signed the list, or a newer one was accepted */
export const acceptRevocations = (dataDir: string, bytes: Uint8Array): Promise<RevocationList> =>
  acceptList(dataDir, REVOCATIONS, bytes);
