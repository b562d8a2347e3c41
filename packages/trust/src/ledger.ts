/**
 * The ledger's chain: each entry names the digest of the one before, so a cut or a change in the middle shows.
 * Flow: egress → appendEntry → storage → export → verifyLedger (the audit tool). Spec: DESIGN §4.
 */
import { utf8 } from '@lodestone/protocol/bytes';
import { LodestoneError } from '@lodestone/protocol/error';
import { type LedgerEntry, ledgerPreimage, type LedgerRecord } from '@lodestone/protocol/ledger';
import type { Digest } from '@lodestone/protocol/digest';
import { toInstant } from '@lodestone/protocol/time';
import { sha256Hex } from './digest.ts';

/** `previous` of the very first entry. */
const NONE = '0'.repeat(64) as Digest;

/**
 * The entry that follows `previous`. To prune, append the note `pruned` whose `of` is the digest of `previous`, then
 * drop everything before the note.
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
 * Checks every link. A chain begins at entry 0, or after entries that a later `pruned` note names by the last one's digest. Times may go
 * back: a device's clock does.
 * @throws {LodestoneError} `ERR_LEDGER_CHAIN` that names the entry
 */
export function verifyLedger(entries: readonly LedgerEntry[]): void {
  let previous: LedgerEntry | undefined;
  for (const entry of entries) {
    if (entry.digest !== entryDigest(entry)) throw broken(entry, 'its digest is not that of its content');
    if (previous) checkLink(previous, entry);
    else checkStart(entry, entries);
    previous = entry;
  }
}

function checkLink(previous: LedgerEntry, entry: LedgerEntry): void {
  if (entry.seq !== previous.seq + 1) throw broken(entry, `it comes after entry ${previous.seq}`);
  if (entry.previous !== previous.digest) throw broken(entry, 'it does not name the digest of the entry before');
}

function checkStart(first: LedgerEntry, entries: readonly LedgerEntry[]): void {
  if (first.seq === 0 && first.previous === NONE) return;
  const isNoted = entries.some(
    (entry) => entry.type === 'note' && entry.note === 'pruned' && entry.of === first.previous,
  );
  if (!isNoted)
    throw broken(first, 'a ledger begins at entry 0, or a later note says that the entries before were pruned');
}

function entryDigest(entry: Parameters<typeof ledgerPreimage>[0]): Digest {
  return sha256Hex(utf8(ledgerPreimage(entry)));
}

function broken({ seq }: LedgerEntry, why: string): LodestoneError<'ERR_LEDGER_CHAIN'> {
  return new LodestoneError('ERR_LEDGER_CHAIN', `ledger entry ${seq}: ${why}`);
}
