/**
 * The commands: `init` creates a data folder, `rotate` adds a key, `subject-keys` and `revoke` manage what the account
 * service signs, `users`, `cases`, `contests`, `callbacks`, `feedback`, `floods`, `lookups`, `events`, `preserve`, `takedown` and `record` are for review, `purge`, `hold`, `export` and `erase` are about what is stored, `report` writes the yearly report, `doctor` checks, `schema` prints that of receiver.json, `serve` runs the receiver until SIGINT or SIGTERM.
 * Flow: main → here → init, keys, receiver. Spec: docs/design/receiver.md#keys.
 */
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { LodestoneError } from '@lodestone/protocol/error';
import { schemaOf } from '@lodestone/protocol/json-schema';
import { LIMITS } from '@lodestone/protocol/limits';
import { WebAddress } from '@lodestone/protocol/text';
import { check } from '@lodestone/protocol/document';
import { pino } from 'pino';
import { ReceiverConfig } from '../config.ts';
import { isConsoleOrigin } from '../console/origin.ts';
import { initReceiver } from '../init.ts';
import { addKey } from '../keys/document.ts';
import { keyFolder } from '../keys/files.ts';
import { KEY_VARIABLE, keySecretFrom, PASSPHRASE_VARIABLE } from '../keys/key-encryption.ts';
import { logSafeError } from '../log-safe-error.ts';
import { startReceiver } from '../receiver.ts';
import {
  CALLBACK_SECRET_VARIABLE,
  CONTEST_TOKEN_VARIABLE,
  contestSecretsFrom,
  EVENT_SECRET_VARIABLE,
} from '../contests/secrets.ts';
import { addCaseCommands } from './case-commands.ts';
import { addContestCommands } from './contest-commands.ts';
import { addDoctorCommand } from './doctor-command.ts';
import { addEventCommands } from './event-commands.ts';
import { addFloodCommands } from './flood-commands.ts';
import { addLookupCommands } from './lookup-commands.ts';
import { addRecordCommands } from './record-commands.ts';
import { RELEASE } from '../release.ts';
import { addReportCommand } from './report-command.ts';
import { addRetentionCommands } from './retention-commands.ts';
import { TOKEN_VARIABLE } from './review-context.ts';
import { addSubjectCommands } from './subject-commands.ts';
import { addUserCommands } from './user-commands.ts';

const DATA = ['--data <dir>', 'data folder of the receiver'] as const;
const KEYS = ['--keys <dir>', 'folder of the private keys (default: secrets in the data folder)'] as const;
const KEY_DAYS = [
  '--key-days <days>',
  `number of days for which devices encrypt with the key, at most ${LIMITS.keyDays}`,
  integer(1, LIMITS.keyDays),
  LIMITS.keyDays,
] as const;

interface DataOptions {
  data: string;
  keys?: string;
}

interface ServeOptions {
  port: number;
  host: string;
  consolePort?: number;
  consoleOrigin?: string;
  metricsPort?: number;
  trial?: true;
}

/** Runs one command and sets the exit code of this process. Results go to standard output, everything else to standard error. */
export async function run(args: readonly string[]): Promise<void> {
  try {
    await program().parseAsync(args, { from: 'user' });
  } catch (error) {
    // Commander has printed its errors, and the help, which it throws as well.
    if (error instanceof CommanderError) process.exitCode = error.exitCode;
    else if (error instanceof LodestoneError) {
      console.error(`${error.code}: ${error.message}`);
      process.exitCode = 1;
    } else throw error;
  }
}

export function program(): Command {
  const lodestone = new Command('lodestone-receiver')
    .exitOverride()
    .version(RELEASE)
    .description('Receive, decrypt and count the signals that devices send, and group them into cases.');
  lodestone.addHelpText(
    'after',
    `
Environment:
  ${PASSPHRASE_VARIABLE}  encrypts the private keys (at least 12 characters), or
  ${KEY_VARIABLE}         32 random bytes as 64 hex digits, for a secret store
  ${TOKEN_VARIABLE}       who acts, in the commands of review and about what is stored: the token that users add printed
  ${CONTEST_TOKEN_VARIABLE}      the account service sends it with each contest; without it, none is taken
  ${CALLBACK_SECRET_VARIABLE}    signs callbacks: whsec_ and 24 to 64 random bytes in base64
  ${EVENT_SECRET_VARIABLE}       signs the lines of events, in the same form
  DATABASE_URL                   PostgreSQL database; without it, an embedded database in the data folder`,
  );
  lodestone
    .command('init')
    .description('create a data folder and print keys.json, the public document that the provider signs and publishes')
    .requiredOption(...DATA)
    .option(...KEYS)
    .option('--endpoint <url>', 'address of /v1/signals as orders name it; orders with another endpoint are rejected')
    .option(...KEY_DAYS)
    .action(async ({ data, keys, endpoint, keyDays }: DataOptions & { endpoint?: string; keyDays: number }) => {
      const config = endpoint === undefined ? {} : { endpoint: check(WebAddress, endpoint, '--endpoint') };
      const made = await initReceiver({
        dataDir: data,
        keysDir: keys,
        secret: keySecretFrom(process.env),
        keyDays,
        config,
      });
      process.stdout.write(made.keysDocument);
      console.error(
        [
          `${made.keysFile}: public keys; publish the file as a signed target of the provider.`,
          'Next, import the public key of the account service with subject-keys; until then, no subject id is valid.',
          `${made.configFile}: configuration; add the sources of orders and lists.`,
        ].join('\n'),
      );
    });
  lodestone
    .command('schema')
    .description('print the JSON Schema of receiver.json, for editors')
    .action(() => {
      const schema = { ...schemaOf(ReceiverConfig), title: 'Lodestone receiver.json' };
      console.log(JSON.stringify(schema, undefined, 2));
    });
  lodestone
    .command('rotate')
    .description(
      'add a key and print the new keys.json; a running receiver loads the key at its next refresh. At most four keys exist',
    )
    .requiredOption(...DATA)
    .option(...KEYS)
    .option(...KEY_DAYS)
    .action(async ({ data, keys: keysDir, keyDays }: DataOptions & { keyDays: number }) => {
      const keys = keyFolder({ dataDir: data, keysDir, secret: keySecretFrom(process.env) });
      process.stdout.write(await addKey({ dataDir: data, keys, now: Date.now(), days: keyDays }));
    });
  addDoctorCommand(lodestone);
  addRetentionCommands(lodestone);
  addUserCommands(lodestone);
  addCaseCommands(lodestone);
  addContestCommands(lodestone);
  addEventCommands(lodestone);
  addFloodCommands(lodestone);
  addLookupCommands(lodestone);
  addRecordCommands(lodestone);
  addReportCommand(lodestone);
  addSubjectCommands(lodestone);
  lodestone
    .command('serve')
    .description(
      'run the receiver on the PostgreSQL database in DATABASE_URL, or on an embedded database if it is not set',
    )
    .requiredOption(...DATA)
    .option(...KEYS)
    .requiredOption('--port <n>', 'port to listen on', integer(0, 65_535))
    .option(
      '--console-port <n>',
      'serve the console on this port of 127.0.0.1 (default: no console)',
      integer(0, 65_535),
    )
    .option(
      '--console-origin <url>',
      'where people open the console, such as https://console.example, if a proxy on this machine ends TLS in front of it (default: loopback only)',
      consoleOrigin,
    )
    .option(
      '--trial',
      'print a link that signs one browser in to the console without a passphrase; refused if there are users',
    )
    .option('--metrics-port <n>', 'serve /metrics on this port of 127.0.0.1 (default: no metrics)', integer(0, 65_535))
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .action(async ({ data, keys, port, host, trial, ...ports }: DataOptions & ServeOptions) => {
      const { promise: stopped, resolve: stop } = Promise.withResolvers<void>();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop());
      const log = pino(pino.destination(2));
      const receiver = await startReceiver({
        dataDir: data,
        keysDir: keys,
        secret: keySecretFrom(process.env),
        port,
        host,
        ...ports,
        contests: contestSecretsFrom(process.env),
        log,
        databaseUrl: process.env['DATABASE_URL'],
      });
      console.log(`Signals: ${receiver.url}/v1/signals`);
      if (receiver.metrics !== undefined) console.log(`Metrics: ${receiver.metrics}`);
      const printConsole = async (): Promise<void> => {
        const { console: opened } = receiver;
        if (opened) console.log(`Console: ${trial ? await opened.trialLink() : opened.url}`);
      };
      try {
        await printConsole();
        process.on(
          'SIGUSR2',
          () => void printConsole().catch((error: unknown) => log.error({ error: logSafeError(error) }, 'no link')),
        );
        await stopped;
      } finally {
        await receiver.close();
      }
    });
  return lodestone;
}

function integer(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < low || value > high) {
      throw new InvalidArgumentError(`Use a whole number from ${low} to ${high}.`);
    }
    return value;
  };
}

function consoleOrigin(text: string): string {
  if (!isConsoleOrigin(text))
    throw new InvalidArgumentError('Use an origin such as https://console.example, without a path.');
  return text;
}
