/** A PostgreSQL of a bench, which ends with it, also at Ctrl+C or `kill`. Flow: main, console, memory → here → test/support/postgres. */
import { constants } from 'node:os';
import { startPostgres, type TestPostgres } from '../test/support/postgres.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export async function benchPostgres(): Promise<TestPostgres> {
  const starting = startPostgres();
  /** Also during the start. */
  const end = (signal: (typeof SIGNALS)[number]): void => {
    process.on('uncaughtException', () => undefined); // what fails now does so because the database is gone
    void starting.then((postgres) => postgres.stop()).finally(() => process.exit(128 + constants.signals[signal]));
  };
  for (const signal of SIGNALS) process.once(signal, end);
  const postgres = await starting;
  return {
    ...postgres,
    async stop() {
      for (const signal of SIGNALS) process.off(signal, end);
      await postgres.stop();
    },
  };
}
