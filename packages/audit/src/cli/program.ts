/**
 * The command line `lodestone-audit`, built from the table of commands: reports go to standard output, progress and errors to
 * standard error. Exit codes: EXIT_CODES. Spec: docs/design/audit.md#claims
 */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { LodestoneError } from '@lodestone/protocol/error';
import { COMMANDS } from '../commands.ts';
import { EXIT_CODE_MEANINGS, EXIT_CODES } from '../report/report.ts';
import { FORMATS } from '../report/formats.ts';
import { addFormatOptions, formatFlags, writeReport } from './output.ts';

const HELP = `
Exit codes:
${Object.entries(EXIT_CODE_MEANINGS)
  .map(([code, meaning]) => `  ${code}: ${meaning}`)
  .join('\n')}
Every command prints text, and has these options for other formats:
${FORMATS.map((format) => `  ${formatFlags(format)}: ${format.description}`).join('\n')}`;

/** Runs one command and sets the exit code of this process. */
export async function run(args: readonly string[]): Promise<void> {
  try {
    await program().parseAsync(args, { from: 'user' });
  } catch (error) {
    // Commander has printed the error or the help.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : EXIT_CODES.error;
    else {
      // Any other error is a defect of this program. Node would exit with 1, which means that a claim fails.
      console.error(error instanceof LodestoneError ? `${error.code}: ${error.message}` : error);
      process.exitCode = EXIT_CODES.error;
    }
  }
}

function program(): Command {
  const cli = new Command('lodestone-audit')
    .exitOverride()
    .version(
      (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version,
    )
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
