/** A PostgreSQL of a bench, which ends with it, also at Ctrl+C or `kill`. Flow: main, console → here → test/support/postgres. */
import { constants } from 'node:os';
import { startPostgres, type TestPostgres } from '../test/support/postgres.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export async function benchPostgres(): Promise<TestPostgres> {
  const postgres = await startPostgres();
  const end = (signal: (typeof SIGNALS)[number]): void => {
    void postgres.stop().finally(() => process.exit(128 + constants.signals[signal]));
  };
  for (const signal of SIGNALS) process.once(signal, end);
  return {
    ...postgres,
    async stop() {
      for (const signal of SIGNALS) process.off(signal, end);
      await postgres.stop();
    },
  };
}
