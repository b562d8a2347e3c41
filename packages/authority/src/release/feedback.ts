/**
 * Feedback of receivers about entries of a list: how often decisions on each were overturned or it was questioned, and why. A person decides what
 * follows; see suppress.ts. Spec: docs/design/receiver.md#feedback
 */
import { check } from '@lodestone/protocol/document';
import type { FeedbackLine, FeedbackReason } from '@lodestone/protocol/feedback';
import { Name } from '@lodestone/protocol/name';
import { ImportRecord } from '../import/import-record.ts';
import { checkPower, openAuthority } from '../keys/authority.ts';

export interface EntryFeedback {
  entry: number;
  standing: 'in force' | 'suppressed' | 'never in the list';
  /** Each reason with how often it was given, the most frequent first. */
  reasons: [reason: FeedbackReason, times: number][];
}

export interface FeedbackOptions {
  directory: string;
  list: string;
  lines: readonly FeedbackLine[];
}

/** @returns one for each entry of the list that the lines name, those with the most lines first */
export async function readFeedback({ directory, list, lines }: FeedbackOptions): Promise<EntryFeedback[]> {
  const authority = await openAuthority(directory);
  checkPower(authority, 'lists', 'lists');
  const name = check(Name, list, 'list');
  const record = await ImportRecord.open(authority.paths.record, name);
  const byEntry = Map.groupBy(
    lines.filter((line) => line.list === name),
    ({ entry }) => entry,
  );
  return [...byEntry]
    .toSorted(([a, ofA], [b, ofB]) => ofB.length - ofA.length || a - b)
    .map(([entry, of]) => ({ entry, standing: standingOf(record, entry), reasons: countReasons(of) }));
}

function standingOf(record: ImportRecord, entry: number): EntryFeedback['standing'] {
  if (!record.has(entry)) return 'never in the list';
  return record.isSuppressed(entry) ? 'suppressed' : 'in force';
}

function countReasons(lines: readonly FeedbackLine[]): EntryFeedback['reasons'] {
  return [...Map.groupBy(lines, ({ reason }) => reason)]
    .map(([reason, of]): [FeedbackReason, number] => [reason, of.length])
    .toSorted(([, a], [, b]) => b - a);
}
