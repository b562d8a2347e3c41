/** The report as one page for people. */
import type { ReportFormat } from '../format.ts';
import { page } from '../html/page.ts';

export const html: ReportFormat = {
  name: 'html',
  description: 'write a report for people: one self-contained page',
  output: 'file',
  render: page,
};
