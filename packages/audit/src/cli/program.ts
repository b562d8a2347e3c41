/** The command line, built from the table of commands. */
import { Command } from 'commander';
import { COMMANDS } from '../commands.ts';
import { EXIT_CODE_MEANINGS } from '../report/report.ts';
import { FORMATS } from '../report/formats.ts';
import { addFormatOptions, formatFlags, writeReport } from './output.ts';

const HELP = `
Exit codes:
${Object.entries(EXIT_CODE_MEANINGS)
  .map(([code, meaning]) => `  ${code}: ${meaning}`)
  .join('\n')}
Every command prints text, and has these options for other formats:
${FORMATS.map((format) => `  ${formatFlags(format)}: ${format.description}`).join('\n')}`;

export function program(): Command {
  const cli = new Command('lodestone-audit')
    .exitOverride()
    .description('Check what leaves a device: verify ledgers, sandboxes and lists, and capture what an app sends.')
    .addHelpText('after', HELP);
  for (const { name, title, description, declare } of COMMANDS) {
    const command = cli.command(name).description(description);
    addFormatOptions(command);
    declare(command, (report, sections, options) =>
      writeReport(report, { title, sections: sections(report.facts) }, options),
    );
  }
  return cli;
}
