/** The report as text for a terminal: status, title and result of each claim. */
import type { ReportFormat } from '../format.ts';
import { type ClaimStatus, statusOf } from '../report.ts';

const SUMMARY: Record<ClaimStatus, string> = {
  pass: 'No claim fails. Read the claims that are not tested before you rely on it.',
  fail: 'At least one claim fails.',
  'not-tested': 'No claim could be tested.',
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
    const caveat = report.caveat === '' ? [] : [report.caveat, ''];
    return [...caveat, ...lines, '', SUMMARY[statusOf(report)]].join('\n');
  },
};
