/** Last step of each command: writes the report in the chosen formats and sets the exit code. */
import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { FORMATS } from '../report/formats.ts';
import { text } from '../report/formats/text.ts';
import type { Presentation, ReportFormat } from '../report/format.ts';
import { EXIT_CODES, type Report, statusOf } from '../report/report.ts';

export function addFormatOptions(command: Command): void {
  for (const format of FORMATS) command.option(formatFlags(format), format.description);
}

/** As in `--help`: `--json`, `--html <file>`. */
export function formatFlags({ name, output }: ReportFormat): string {
  return output === 'file' ? `--${name} <file>` : `--${name}`;
}

/** @param options the parsed options: a file name or `true` for each chosen format */
export async function writeReport(
  report: Report,
  presentation: Omit<Presentation, 'commandLine'>,
  options: object,
): Promise<void> {
  const shown = { ...presentation, commandLine: commandLine() };
  const chosen = new Map<string, unknown>(Object.entries(options));
  for (const { name, output, render } of FORMATS) {
    const file = chosen.get(name);
    if (output !== 'file' || typeof file !== 'string') continue;
    await writeFile(file, render(report, shown));
    console.error(`Wrote ${file}`);
  }
  const printed = FORMATS.find(({ name, output }) => output === 'stdout' && chosen.get(name) === true) ?? text;
  console.log(printed.render(report, shown));
  process.exitCode = EXIT_CODES[statusOf(report)];
}

/** The command line as typed, quoted for a shell. */
function commandLine(): string {
  const words = process.argv.slice(2).map((word) => (/^[\w./:@=,+-]+$/.test(word) ? word : `'${word}'`));
  return ['lodestone-audit', ...words].join(' ');
}
