/** The commands: init makes a data folder, rotate a further key, serve runs the receiver until it is told to stop. */
import { Command, InvalidArgumentError } from 'commander';
import { WebAddress } from '@lodestone/protocol/text';
import { check } from '@lodestone/protocol/document';
import { pino } from 'pino';
import { initReceiver } from '../init.ts';
import { addKey } from '../keys/document.ts';
import { startReceiver } from '../receiver.ts';

const DATA = ['--data <dir>', 'data folder of the receiver'] as const;
const KEY_DAYS = ['--key-days <days>', 'for how many days devices seal with the key', integer(1, 3_660), 180] as const;

export function program(): Command {
  const lodestone = new Command('lodestone-receiver').description(
    'Opens, counts and groups the signals that devices send.',
  );
  lodestone
    .command('init')
    .description('make a data folder; prints keys.json, the public document for the provider to sign and publish')
    .requiredOption(...DATA)
    .option('--endpoint <url>', 'address of /v1/signals as orders name it; orders that name another are not taken')
    .option(...KEY_DAYS)
    .action(async ({ data, endpoint, keyDays }: { data: string; endpoint?: string; keyDays: number }) => {
      const config = endpoint === undefined ? {} : { endpoint: check(WebAddress, endpoint, '--endpoint') };
      const made = await initReceiver({ dataDir: data, keyDays, config });
      process.stdout.write(made.keysDocument);
      console.error(
        [
          `${made.keysFile} is made: publish it as a signed target of the provider.`,
          `${made.subjectKeyFile} is a secret that the account service needs a copy of.`,
          `${made.configFile}: name the sources of orders and lists there.`,
        ].join('\n'),
      );
    });
  lodestone
    .command('rotate')
    .description('make a further key; prints the new keys.json. A receiver that runs takes the key up by itself')
    .requiredOption(...DATA)
    .option(...KEY_DAYS)
    .action(async ({ data, keyDays }: { data: string; keyDays: number }) => {
      process.stdout.write(await addKey(data, { now: Date.now(), days: keyDays }));
    });
  lodestone
    .command('serve')
    .description('run the receiver; DATABASE_URL names a PostgreSQL database, else an embedded one is used')
    .requiredOption(...DATA)
    .requiredOption('--port <n>', 'port to listen on', integer(0, 65_535))
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .action(async ({ data, port, host }: { data: string; port: number; host: string }) => {
      const { promise: told, resolve: stop } = Promise.withResolvers<void>();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop());
      const log = pino(pino.destination(2));
      const receiver = await startReceiver({
        dataDir: data,
        port,
        host,
        log,
        databaseUrl: process.env['DATABASE_URL'],
      });
      console.log(`Signals: ${receiver.url}/v1/signals`);
      await told;
      await receiver.close();
    });
  return lodestone;
}

function integer(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < low || value > high) {
      throw new InvalidArgumentError(`a whole number from ${low} to ${high}`);
    }
    return value;
  };
}
