/**
 * A receiver in a process of its own, to be killed or measured: on the data folder in argv, at a time that stands still. Sends its
 * addresses to the process that started it, and stops at SIGTERM.
 */
import { pino } from 'pino';
import { startReceiver } from '../../src/receiver.ts';
import { SECRET } from '../support/secret.ts';

export interface ReceiverProcessOptions {
  dataDir: string;
  databaseUrl: string | undefined;
  now: number;
}
export interface ReceiverAddresses {
  url: string;
  console: string;
}

const { now, ...place } = JSON.parse(process.argv[2] ?? '{}') as ReceiverProcessOptions;
const receiver = await startReceiver({
  ...place,
  secret: SECRET,
  port: 0,
  consolePort: 0,
  now: () => now,
  log: pino({ level: 'error' }, pino.destination(2)),
});
process.once('SIGTERM', () => {
  void receiver.close().then(() => process.disconnect?.());
});
process.send?.({ url: receiver.url, console: receiver.console?.url ?? '' } satisfies ReceiverAddresses);
