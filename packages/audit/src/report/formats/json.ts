/** The whole report as JSON. */
import type { ReportFormat } from '../format.ts';

export const json: ReportFormat = {
  name: 'json',
  description: 'print the whole result as JSON',
  output: 'stdout',
  render: (report) => JSON.stringify(report, undefined, 2),
};
