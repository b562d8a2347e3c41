/** Report sections of a record: cases by state, actions by user, all entries. Spec: docs/design/audit.md#record */
import type { RecordEntry } from '@lodestone/protocol/case-record';
import { digest, folded, type Section, table } from '../../report/html/section.ts';
import { count } from '../../report/report.ts';
import type { RecordFacts } from './run.ts';

export function recordSections({ entries, cases }: RecordFacts): Section[] {
  if (entries.length === 0) return [];
  return [
    {
      title: 'Cases by state',
      about: 'The state after the last action on each case.',
      body: table('Cases by state', [{ head: 'State' }, { head: 'Cases', number: true }], Object.entries(cases)),
    },
    {
      title: 'Actions by user',
      body: table(
        'Actions by user, role and action',
        [{ head: 'User' }, { head: 'Role' }, { head: 'Action' }, { head: 'Times', number: true }],
        totals(entries),
      ),
    },
    { title: 'All entries', body: folded(`${entries.length} entries`, entryTable(entries)) },
  ];
}

function totals(entries: readonly RecordEntry[]): [string, string, string, number][] {
  const rows = new Map<string, [string, string, string, number]>();
  for (const { actor, role, type, action } of entries) {
    const what = type === 'user' ? `${action} a user` : action;
    const key = `${actor} ${role} ${what}`;
    const [, , , times] = rows.get(key) ?? ['', '', '', 0];
    rows.set(key, [actor, role, what, times + 1]);
  }
  return [...rows.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

function entryTable(entries: readonly RecordEntry[]): Section['body'] {
  return table(
    'The record, line by line',
    [
      { head: 'No.', number: true },
      { head: 'Time' },
      { head: 'User' },
      { head: 'Role' },
      { head: 'Action' },
      { head: 'Digest' },
    ],
    entries.map((entry) => [
      entry.seq,
      entry.time,
      entry.actor,
      entry.role,
      actionText(entry),
      digest(entry.digest.slice(0, 16)),
    ]),
  );
}

function actionText(entry: RecordEntry): string {
  if (entry.type === 'user') return `${entry.action} ${entry.user} (${entry.userRole})`;
  if (entry.type === 'data')
    return 'case' in entry ? `${entry.action} case ${entry.case}` : `${entry.action}: ${count(entry.cases, 'case')}`;
  const reason = 'reason' in entry ? ` (${entry.reason})` : '';
  return `case ${entry.case}: ${entry.action}${reason}, ${entry.before} → ${entry.after}`;
}
