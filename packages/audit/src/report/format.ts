/** An export format of reports: one file in formats/ and one line in formats.ts. Spec: docs/design/audit.md#claims */
import type { Section } from './html/section.ts';
import type { Report } from './report.ts';

/** Additional content of a report for people. */
export interface Presentation {
  title: string;
  sections: readonly Section[];
  /** The command line, so that anyone can repeat the run. */
  commandLine: string;
}

export interface ReportFormat {
  /** Also the name of its option: `--json`, `--html <file>`. */
  readonly name: string;
  /** For `--help`. */
  readonly description: string;
  /** `stdout` replaces the text on standard output; `file` writes a file in addition to it. */
  readonly output: 'stdout' | 'file';
  render(report: Report, presentation: Presentation): string;
}
