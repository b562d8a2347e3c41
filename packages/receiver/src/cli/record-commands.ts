/** The command that exports the record of review. Flow: program → here → record/export. Spec: docs/design/receiver.md#record */
import { LodestoneError } from '@lodestone/protocol/error';
import type { Command } from 'commander';
import { exportRecord } from '../record/export.ts';
import { DATA, type DataOption, withUser } from './review-context.ts';

/** Lines that are written at once. */
const CHUNK = 1_000;

export function addRecordCommands(lodestone: Command): void {
  const record = lodestone.command('record').description('what people did, without subjects');
  record
    .command('export')
    .description('print the record of review (NDJSON), for lodestone-audit record')
    .requiredOption(...DATA)
    .action((options: DataOption) =>
      withUser(options, async (db, { role }) => {
        if (role === 'reviewer')
          throw new LodestoneError(
            'ERR_CASE',
            'a reviewer does not export the record; a lead, an auditor or an administrator does',
          );
        let lines: string[] = [];
        const write = (): void => {
          process.stdout.write(lines.map((line) => `${line}\n`).join(''));
          lines = [];
        };
        for await (const line of exportRecord(db)) if (lines.push(line) >= CHUNK) write();
        write();
      }),
    );
}
