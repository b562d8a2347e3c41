/**
 * `lodestone-audit record`: verifies an exported record of review.
 * Flow: `lodestone-receiver record export` → a file → here. Spec: docs/design/audit.md#record, docs/design/receiver.md#record
 */
import type { RecordEntry } from '@lodestone/protocol/case-record';
import type { CaseState } from '@lodestone/protocol/case-review';
import type { Digest } from '@lodestone/protocol/digest';
import { type Report, reportOf } from '../../report/report.ts';
import { parseFile, recordClaims } from './claims.ts';
import { caseEntries } from './rules.ts';

export interface RecordOptions {
  /** For the report: the file's name. */
  name: string;
  bytes: Uint8Array;
  /** Digests of entries that the auditor noted before. */
  known?: readonly Digest[];
}

export interface RecordFacts {
  entries: readonly RecordEntry[];
  /** State after its last action → number of cases. */
  cases: Readonly<Partial<Record<CaseState, number>>>;
}

export function auditRecord({ name, bytes, known = [] }: RecordOptions): Report<RecordFacts> {
  const parsed = parseFile(bytes);
  const entries = parsed.file?.entries ?? [];
  return reportOf('record', name, {
    claims: recordClaims(parsed, known),
    caveat: RECORD_CAVEAT,
    limits: RECORD_LIMITS,
    facts: { entries, cases: countCases(entries) },
  });
}

/** Comes first in the report. */
const RECORD_CAVEAT =
  'A record is the provider’s own account of what its reviewers did. It shows that the account follows the rules, not that it is true.';

const RECORD_LIMITS = [
  'Who controls the receiver’s database can write another record that follows the rules. The digest of an entry that was noted before shows that; nothing else does.',
  'A name stands for whoever has its token. Two names can be one person.',
  'Cases on which nobody acted are not in the record.',
  'The record says nothing about content, because the receiver never has any, and nothing about subjects.',
  'Times come from the receivers’ clocks.',
];

function countCases(entries: readonly RecordEntry[]): RecordFacts['cases'] {
  const last = new Map(caseEntries(entries).map((entry) => [entry.case, entry.after]));
  const cases: Partial<Record<CaseState, number>> = {};
  for (const state of last.values()) cases[state] = (cases[state] ?? 0) + 1;
  return cases;
}
