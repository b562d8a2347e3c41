/** The report as text for a terminal: status, title and result of each claim. */
import type { ReportFormat } from '../format.ts';
import { type Report, statusOf } from '../report.ts';

export const text: ReportFormat = {
  name: 'text',
  description: 'print text',
  output: 'stdout',
  render(report) {
    const lines = report.claims.flatMap(({ title, result, status }) => [
      `${status.padEnd(11)} ${title}`,
      ...result.split('\n').map((line) => `            ${line}`),
    ]);
    const caveat = report.caveat === '' ? [] : [report.caveat, ''];
    return [...caveat, ...lines, '', summary(report)].join('\n');
  },
};

function summary(report: Report): string {
  switch (statusOf(report)) {
    case 'fail':
      return 'At least one claim fails.';
    case 'not-tested':
      return 'No claim could be tested.';
    case 'pass':
      return report.claims.some(({ status }) => status === 'not-tested')
        ? 'No claim fails. Read the claims that are not tested before you rely on it.'
        : 'All claims pass.';
  }
}
