/**
 * The ledger's hash chain: each entry has the digest of the entry before, so a removed or changed entry is detected.
 * Flow: egress → appendEntry → storage → export → verifyLedger (audit). Spec: docs/design/contracts.md#ledger-entry
 */
import { utf8 } from '@lodestone/protocol/bytes';
import { LodestoneError } from '@lodestone/protocol/error';
import { type LedgerEntry, ledgerPreimage, type LedgerRecord } from '@lodestone/protocol/ledger';
import type { Digest } from '@lodestone/protocol/digest';
import { toInstant } from '@lodestone/protocol/time';
import { sha256Hex } from './digest.ts';

/** `previous` of the first entry. */
const NONE = '0'.repeat(64) as Digest;

/**
 * The entry that follows `previous`. To prune, delete the oldest entries and append the note `pruned`, with the digest of the
 * last deleted entry as `of`.
 */
export function appendEntry(previous: LedgerEntry | undefined, record: LedgerRecord, now: number): LedgerEntry {
  const entry = {
    seq: previous ? previous.seq + 1 : 0,
    time: toInstant(now),
    previous: previous ? previous.digest : NONE,
    ...record,
  };
  return { ...entry, digest: entryDigest(entry) };
}

/**
 * Checks the digest of each given entry and its link to the one before. Entries that are missing at the end do not show. A chain begins at entry 0, or after pruned entries if a later `pruned` note has the digest of the last
 * one. Times may go back, as device clocks do.
 * @throws {LodestoneError} `ERR_LEDGER_CHAIN`; the message names the entry
 */
export function verifyLedger(entries: readonly LedgerEntry[]): void {
  let previous: LedgerEntry | undefined;
  for (const entry of entries) {
    if (entry.digest !== entryDigest(entry)) throw broken(entry, 'its digest does not match its content');
    if (previous) checkLink(previous, entry);
    else checkStart(entry, entries);
    previous = entry;
  }
}

function checkLink(previous: LedgerEntry, entry: LedgerEntry): void {
  if (entry.seq !== previous.seq + 1)
    throw broken(entry, `it follows entry ${previous.seq}, so entries are missing or out of order`);
  if (entry.previous !== previous.digest) throw broken(entry, 'its previous digest is not that of the entry before');
}

function checkStart(first: LedgerEntry, entries: readonly LedgerEntry[]): void {
  if (first.seq === 0 && first.previous === NONE) return;
  const isNoted = entries.some(
    (entry) => entry.type === 'note' && entry.note === 'pruned' && entry.of === first.previous,
  );
  if (!isNoted)
    throw broken(first, 'the entries before it are missing, and no later note records that they were pruned');
}

function entryDigest(entry: Parameters<typeof ledgerPreimage>[0]): Digest {
  return sha256Hex(utf8(ledgerPreimage(entry)));
}

function broken({ seq }: LedgerEntry, why: string): LodestoneError<'ERR_LEDGER_CHAIN'> {
  return new LodestoneError('ERR_LEDGER_CHAIN', `ledger entry ${seq}: ${why}`);
}
