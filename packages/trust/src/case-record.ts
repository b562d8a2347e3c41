/**
 * The hash chain of the record of review: each entry has the digest of the entry before.
 * Flow: receiver/record appends → export → audit/record verifies. Spec: docs/design/receiver.md#record
 */
import { utf8 } from '@lodestone/protocol/bytes';
import { NO_ENTRY, type RecordedAction, type RecordEntry, recordPreimage } from '@lodestone/protocol/case-record';
import type { CaseRecordFile } from '@lodestone/protocol/case-record';
import type { ActorRole } from '@lodestone/protocol/case-review';
import type { Digest } from '@lodestone/protocol/digest';
import type { Name } from '@lodestone/protocol/name';
import { fromInstant, toInstant } from '@lodestone/protocol/time';
import { sha256Hex } from './digest.ts';

export interface RecordActor {
  name: Name;
  role: ActorRole;
}

/** The entry that follows `previous`. Its time is at least that of `previous`: receivers on one database have several clocks. */
export function appendRecordEntry(
  previous: Pick<RecordEntry, 'seq' | 'time' | 'digest'> | undefined,
  action: RecordedAction,
  actor: RecordActor,
  now: number,
): RecordEntry {
  const entry = {
    seq: previous ? previous.seq + 1 : 0,
    time: toInstant(Math.max(now, previous ? fromInstant(previous.time) : now)),
    previous: previous ? previous.digest : NO_ENTRY,
    actor: actor.name,
    role: actor.role,
    ...action,
  };
  return { ...entry, digest: entryDigest(entry) };
}

/** The first place where the chain breaks, as a sentence. A record that was cut at its end breaks nowhere; see `recordEnd`. */
export function brokenRecordLink(entries: readonly RecordEntry[]): string | undefined {
  for (const [i, entry] of entries.entries()) {
    const before = entries[i - 1];
    if (entry.seq !== i) return `entry ${entry.seq} stands where entry ${i} belongs`;
    if (entry.previous !== (before?.digest ?? NO_ENTRY))
      return `entry ${entry.seq}: its previous digest is not that of the entry before`;
    if (entry.digest !== entryDigest(entry)) return `entry ${entry.seq}: its digest does not match its content`;
  }
  return undefined;
}

/** Why the header does not name the record's last entry, if so. */
export function recordEnd({ header, entries }: CaseRecordFile): string | undefined {
  if (header.entries !== entries.length)
    return `the first line names ${header.entries} entries, and the file has ${entries.length}`;
  return header.head === (entries.at(-1)?.digest ?? NO_ENTRY)
    ? undefined
    : 'the digest in the first line is not that of the last entry';
}

function entryDigest(entry: Parameters<typeof recordPreimage>[0]): Digest {
  return sha256Hex(utf8(recordPreimage(entry)));
}
