/**
 * The commands about what is stored: retention now, legal holds, and export and erasure of a subject. Each but a dry run is in
 * the record. Flow: program → here → retention, cases. Spec: docs/design/receiver.md#retention
 */
import { HOLD_ACTIONS, type HoldAction } from '@lodestone/protocol/case-record';
import { toDay } from '@lodestone/protocol/time';
import { type Command, InvalidArgumentError } from 'commander';
import { pino } from 'pino';
import { countDueCases } from '../cases/end-cases.ts';
import { eraseAs } from '../cases/erase.ts';
import { exportSubject } from '../cases/export-subject.ts';
import { holdCase } from '../cases/hold.ts';
import { readConfig } from '../config.ts';
import { secretsFolder } from '../keys/files.ts';
import { purgeAs } from '../retention.ts';
import { caseNumber, DATA, type DataOption, requiredToken, withDatabase } from './review-context.ts';
import { writeNew } from './write-new.ts';

const HOLDS: Readonly<Record<HoldAction, string>> = {
  hold: 'keep a case and its evidence from being deleted or erased (lead)',
  unhold: 'end a legal hold; retention applies again (lead)',
};

const many = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

interface PurgeOptions extends DataOption {
  keys?: string;
  dryRun?: true;
  confirmDate?: string;
}

export function addRetentionCommands(lodestone: Command): void {
  lodestone
    .command('purge')
    .description(
      'delete what retention says now, and record it; a running receiver does so every hour (lead, administrator)',
    )
    .requiredOption(...DATA)
    .option('--keys <dir>', 'folder of the private keys (default: secrets in the data folder)')
    .option('--dry-run', 'only count the cases that are due; anybody may')
    .option(
      '--confirm-date <date>',
      'the date of today as YYYY-MM-DD, if the clock is right and nothing is deleted because it jumped',
      isoDate,
    )
    .action(async ({ keys, dryRun, confirmDate, ...options }: PurgeOptions) => {
      const config = await readConfig(options.data);
      if (dryRun) {
        const due = await withDatabase(options, (db) => countDueCases(db, config, toDay(Date.now())));
        console.log(`${many(due, 'case')} would be deleted.`);
        return;
      }
      const token = requiredToken();
      const keysFolder = keys ?? secretsFolder(options.data);
      const log = pino({ level: 'silent' });
      const deleted = await withDatabase(options, (db) =>
        purgeAs({ db, keysFolder, config, log }, { token, now: Date.now(), confirmDate }),
      );
      console.log(
        `Deleted: ${many(deleted.cases, 'case')}, ${many(deleted.signals, 'signal')}, ${many(deleted.ids, 'signal id')}, ${many(deleted.keys.length, 'private key')}.`,
      );
    });
  for (const action of HOLD_ACTIONS)
    lodestone
      .command(action)
      .argument('<case>', 'number of the case', caseNumber)
      .description(HOLDS[action])
      .requiredOption(...DATA)
      .requiredOption('--text <text>', 'which request or proceedings; a note of the case, not in the record')
      .action(async (caseNo: number, { text, ...options }: DataOption & { text: string }) => {
        const token = requiredToken();
        await withDatabase(options, (db) => holdCase(db, token, { caseNo, action, text }, Date.now()));
        console.log(`Case ${caseNo} is ${action === 'hold' ? '' : 'not '}held.`);
      });
  lodestone
    .command('export <pseudonym>')
    .description('write all that is stored about a pseudonym to a file, and record it (lead)')
    .requiredOption(...DATA)
    .requiredOption('--out <file>', 'a new file')
    .action(async (pseudonym: string, { out, ...options }: DataOption & { out: string }) => {
      const token = requiredToken();
      let cases = 0;
      await writeNew(out, async () => {
        const stored = await withDatabase(options, (db) => exportSubject(db, token, pseudonym, Date.now()));
        cases = stored.cases.length;
        return `${JSON.stringify(stored, undefined, 2)}\n`;
      });
      console.error(`${out} is written: ${many(cases, 'case')}.`);
    });
  lodestone
    .command('erase <pseudonym>')
    .description(
      'erase what is stored about a pseudonym, and record it; its signals up to tomorrow are not stored again (lead)',
    )
    .requiredOption(...DATA)
    .action(async (pseudonym: string, options: DataOption) => {
      const token = requiredToken();
      const signals = await withDatabase(options, (db) => eraseAs(db, token, pseudonym, Date.now()));
      console.log(`${many(signals, 'signal')} erased.`);
    });
}

function isoDate(text: string): string {
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || Number.isNaN(Date.parse(text)))
    throw new InvalidArgumentError('Use a date such as 2026-11-30.');
  return text;
}
