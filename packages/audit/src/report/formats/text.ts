/** The report as text for a terminal: status, title and result of each claim. */
import type { ReportFormat } from '../format.ts';
import { type ClaimStatus, statusOf } from '../report.ts';

const SUMMARY: Record<ClaimStatus, string> = {
  pass: 'Every claim that was tested passes.',
  fail: 'At least one claim fails.',
  'not-tested': 'Nothing could be tested.',
};

export const text: ReportFormat = {
  name: 'text',
  description: 'print text',
  output: 'stdout',
  render(report) {
    const lines = report.claims.flatMap(({ title, result, status }) => [
      `${status.padEnd(11)} ${title}`,
      `            ${result}`,
    ]);
    return [...lines, '', SUMMARY[statusOf(report)]].join('\n');
  },
};
