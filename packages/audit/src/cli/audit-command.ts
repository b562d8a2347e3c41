/** One command of the command line: a folder in commands/ and one line in commands.ts. Flow: commands.ts → program.ts. */
import type { Command } from 'commander';
import type { Section } from '../report/html/section.ts';
import type { ClaimTitles, Report } from '../report/report.ts';

export interface AuditCommand {
  readonly name: string;
  /** For `--help`. */
  readonly description: string;
  /** Heading of the HTML report: what was examined. A statement would read as a finding even if it fails. */
  readonly title: string;
  /** Every claim that the command can make. */
  readonly claims: ClaimTitles;
  /** Declares arguments, options and help, and the action, which writes a report. */
  declare(command: Command, write: WriteReport): void;
}

/** @param options the parsed options, which choose the formats */
export type WriteReport = <F>(report: Report<F>, sections: (facts: F) => Section[], options: object) => Promise<void>;

/** Progress goes to standard error, so that standard output has only the report. */
export const printProgress = (line: string): void => console.error(line);
