/**
 * The command line `lodestone-authority`: prints results to standard output; an error is one line on standard error, and the
 * exit code is 1. Each command has one file in `commands/` and one line here, in the order of the help text.
 */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { LodestoneError } from '@lodestone/protocol/error';
import { feedback } from './commands/feedback.ts';
import { importCommand } from './commands/import.ts';
import { init } from './commands/init.ts';
import { key } from './commands/key.ts';
import { keys } from './commands/keys.ts';
import { model } from './commands/model.ts';
import { order } from './commands/order.ts';
import { passphrase } from './commands/passphrase.ts';
import { prepareCommand } from './commands/prepare.ts';
import { publishCommand } from './commands/publish.ts';
import { rotateCommand } from './commands/rotate.ts';
import { sign } from './commands/sign.ts';
import { status } from './commands/status.ts';
import { suppress } from './commands/suppress.ts';
import { verify } from './commands/verify.ts';
import { withdrawCommand } from './commands/withdraw.ts';

const COMMANDS: readonly ((cli: Command) => void)[] = [
  key,
  passphrase,
  init,
  importCommand,
  order,
  keys,
  model,
  withdrawCommand,
  suppress,
  feedback,
  prepareCommand,
  sign,
  status,
  publishCommand,
  rotateCommand,
  verify,
];

/** Runs one command and sets the exit code of this process. */
export async function run(args: readonly string[]): Promise<void> {
  try {
    await program().parseAsync(args, { from: 'user' });
  } catch (error) {
    // Commander has printed the error or the help.
    if (error instanceof CommanderError) process.exitCode = error.exitCode;
    else if (error instanceof LodestoneError) {
      console.error(`${error.code}: ${error.message}`);
      process.exitCode = 1;
    } else throw error;
  }
}

function program(): Command {
  const cli = new Command('lodestone-authority')
    .exitOverride()
    .version(
      (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version,
    )
    .description(
      'Publish signed lists, orders, keys and models. Several holders sign each publication.\n' +
        'A failed command prints "ERR_CODE: cause and fix" to standard error and exits with 1.',
    );
  for (const addTo of COMMANDS) addTo(cli);
  return cli;
}
