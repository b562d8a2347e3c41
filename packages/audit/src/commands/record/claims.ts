/** Claims about an exported record of review. Pure. Flow: run.ts → here → report. Spec: docs/design/audit.md#record */
import { fromUtf8 } from '@lodestone/protocol/bytes';
import { type CaseRecordFile, parseRecord, type RecordEntry } from '@lodestone/protocol/case-record';
import type { Digest } from '@lodestone/protocol/digest';
import { brokenRecordLink, recordEnd } from '@lodestone/trust';
import {
  type Claim,
  claimBuilder,
  count,
  errorText,
  fail,
  notTested,
  type Outcome,
  pass,
} from '../../report/report.ts';
import { actionOutcome, confirmationOutcome, contestOutcome, userOutcome } from './rules.ts';

export const RECORD_CLAIMS = {
  'record-lines-are-canonical': 'Every line of the record has the one form that the protocol allows',
  'record-chain-is-intact': 'No entry of the record was changed, removed or inserted',
  'record-ends-as-stated': 'The record ends with the entry that its first line names',
  'record-times-never-go-back': 'No entry of the record has an earlier time than the one before',
  'record-actors-are-users':
    'Every action was taken by a user whom an administrator had added, in the role that the user had',
  'record-actions-are-allowed':
    'Every action on a case was allowed in the state and for the role in which it was taken',
  'record-two-people-confirmed': 'Two different users confirmed every case that became confirmed',
  'record-contests-are-judged-by-others': 'Nobody judged a contest of a decision in which they took part',
  'record-has-known-entries': 'The record has the entries whose digests were noted before',
} as const;
const claim = claimBuilder(RECORD_CLAIMS);

export interface ParsedRecord {
  /** Absent if the file is empty or its lines could not be parsed. */
  file?: CaseRecordFile;
  lines: Outcome;
}

export function parseFile(bytes: Uint8Array): ParsedRecord {
  if (bytes.length === 0) return { lines: notTested(EMPTY) };
  try {
    const file = parseRecord(fromUtf8(bytes));
    if (file.entries.length === 0 && file.header.entries === 0) return { lines: notTested(EMPTY) };
    return { file, lines: pass(`${count(file.entries.length, 'entry', 'entries')}.`) };
  } catch (error) {
    return { lines: fail(errorText(error)) };
  }
}

const EMPTY = 'The record is empty, which proves nothing.';

export function recordClaims({ file, lines }: ParsedRecord, known: readonly Digest[]): Claim[] {
  const test = (rule: (entries: readonly RecordEntry[], file: CaseRecordFile) => Outcome): Outcome => {
    if (file) return rule(file.entries, file);
    return notTested(lines.status === 'fail' ? 'The lines could not be parsed.' : EMPTY);
  };
  return [
    claim(
      'record-lines-are-canonical',
      'Each line was parsed by a strict schema, printed again and compared with the original.',
      lines,
    ),
    claim(
      'record-chain-is-intact',
      'Each entry’s number and SHA-256 were recalculated, and compared with the digest that the next entry names.',
      test(chainOutcome),
    ),
    claim(
      'record-ends-as-stated',
      'The number of entries and the digest of the last one were compared with the first line.',
      test((_, whole) => outcome(recordEnd(whole), `${count(whole.entries.length, 'entry', 'entries')}, as stated.`)),
    ),
    claim(
      'record-times-never-go-back',
      'The time of each entry was compared with that of the entry before.',
      test(timeOutcome),
    ),
    claim(
      'record-actors-are-users',
      'Users were added and removed as the record says, from the first administrator on. For each entry, the actor and the role were looked up. A name that was used twice fails.',
      test(userOutcome),
    ),
    claim(
      'record-actions-are-allowed',
      'The actions on each case were repeated by the rules of review, and the states compared with those in the record.',
      test(actionOutcome),
    ),
    claim(
      'record-two-people-confirmed',
      'The users who confirmed each case were counted, without the rules of review.',
      test(confirmationOutcome),
    ),
    claim(
      'record-contests-are-judged-by-others',
      'Each user who upheld or overturned a decision was looked up among those who had opened, confirmed, dismissed or reported the case.',
      test(contestOutcome),
    ),
    ...(known.length === 0
      ? []
      : [
          claim(
            'record-has-known-entries',
            'The given digests, of entries that were seen before, were looked up in the record.',
            test((entries) => knownOutcome(entries, known)),
          ),
        ]),
  ];
}

function outcome(problem: string | undefined, result: string): Outcome {
  return problem === undefined ? pass(result) : fail(`${problem[0]?.toUpperCase()}${problem.slice(1)}.`);
}

function chainOutcome(entries: readonly RecordEntry[]): Outcome {
  const last = entries.at(-1);
  return outcome(
    brokenRecordLink(entries),
    `Every link is intact, up to entry ${last?.seq}, whose digest is ${last?.digest}. Note it: --known DIGEST finds out at the next audit whether this record was replaced.`,
  );
}

function timeOutcome(entries: readonly RecordEntry[]): Outcome {
  const early = entries.find(({ time }, i) => time < (entries[i - 1]?.time ?? time));
  if (early) return fail(`Entry ${early.seq} is earlier than the one before.`);
  return pass(`From ${entries[0]?.time} to ${entries.at(-1)?.time}.`);
}

function knownOutcome(entries: readonly RecordEntry[], known: readonly Digest[]): Outcome {
  const digests = new Set(entries.map(({ digest }) => digest));
  const missing = known.filter((digest) => !digests.has(digest));
  return missing.length === 0
    ? pass(`${count(known.length, 'entry', 'entries')} found.`)
    : fail(`Not in the record, so it was replaced or cut: ${missing.join(', ')}.`);
}
