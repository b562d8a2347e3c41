/** The command that erases a subject. With the embedded database, the receiver must be stopped first. Flow: program → here → cases/erase. Spec: docs/design/receiver.md#erasure. */
import type { Command } from 'commander';
import { pino } from 'pino';
import { eraseSubject } from '../cases/erase.ts';
import { readConfig } from '../config.ts';
import { openDatabase } from '../db/open.ts';

export function addEraseCommand(lodestone: Command): void {
  lodestone
    .command('erase <pseudonym>')
    .description('erase what is stored about a pseudonym; its signals up to tomorrow are not stored again')
    .requiredOption('--data <dir>', 'data folder of the receiver')
    .action(async (pseudonym: string, { data }: { data: string }) => {
      await readConfig(data); // a folder without a receiver stays untouched
      const log = pino(pino.destination(2));
      const database = await openDatabase({ dataDir: data, databaseUrl: process.env['DATABASE_URL'], log });
      try {
        const signals = await eraseSubject(database.db, pseudonym, Date.now());
        console.log(`${signals} ${signals === 1 ? 'signal' : 'signals'} erased.`);
      } finally {
        await database.close();
      }
    });
}
