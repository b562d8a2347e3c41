/** The command that writes a confirmed case as a report to a file. It sends nothing. Flow: case-commands → here → exports. Spec: docs/design/receiver.md#exports */
import { readFile } from 'node:fs/promises';
import type { RecordEntry } from '@lodestone/protocol/case-record';
import type { CaseState } from '@lodestone/protocol/case-review';
import { parseDocument } from '@lodestone/protocol/document';
import { LodestoneError } from '@lodestone/protocol/error';
import { type Command, Option } from 'commander';
import { readCaseFile } from '../cases/list-cases.ts';
import { refuseMarked } from '../cases/step.ts';
import { ncmecReport, Reporter } from '../exports/ncmec-report.ts';
import { causeCode } from '../log-safe-error.ts';
import { caseNumber, DATA, type DataOption, withUser } from './review-context.ts';
import { writeNew } from './write-new.ts';

interface ExportOptions extends DataOption {
  format: 'ncmec';
  reporter: string;
  account?: string;
  real?: true;
  out: string;
}

const REPORTER_BYTES = 65_536;
/** `upheld` may also be an upheld dismissal. */
const REPORTED: readonly CaseState[] = ['confirmed', 'reported', 'upheld'];
const isConfirmation = (entry: RecordEntry): boolean => entry.type === 'case' && entry.after === 'confirmed';

export function addExportCommand(cases: Command): void {
  cases
    .command('export')
    .argument('<case>', 'number of the case', caseNumber)
    .description('write a confirmed case as a report to a file, marked as a test unless --real; nothing is sent (lead)')
    .requiredOption(...DATA)
    .addOption(new Option('--format <format>', 'NCMEC CyberTipline XML').choices(['ncmec']).makeOptionMandatory())
    .requiredOption(
      '--reporter <file>',
      'JSON: service, reportingPerson {firstName, lastName, email}, termsOfService?, legalURL?',
    )
    .option('--account <name>', 'the account as your own systems name it')
    .option('--real', 'do not mark it as a test')
    .requiredOption('--out <file>', 'a new file')
    .action(async (caseNo: number, { reporter: file, account, real, out, ...options }: ExportOptions) => {
      const reporter = parseDocument(Reporter, await read(file), { what: file, maxBytes: REPORTER_BYTES });
      const shown = await withUser(options, async (db, user) => {
        if (user.role !== 'lead') throw refused('only a lead exports a case');
        return readCaseFile(db, user, caseNo);
      });
      const { case: summary, evidence, actions } = shown;
      if (!('pseudonym' in summary) || !evidence) throw refused('the role sees no evidence');
      const stands = REPORTED.includes(summary.state) && actions.some(isConfirmation);
      if (!stands) throw refused(`case ${caseNo} is ${summary.state}; only a confirmed case is reported`);
      refuseMarked(caseNo, actions);
      const xml = ncmecReport({ case: summary, evidence, reporter, account, isReal: real === true }, Date.now());
      await writeNew(out, xml);
      console.error(`${out} is written${real ? '' : ', marked as a test'}. Nothing was sent.`);
    });
}

const refused = (why: string): LodestoneError<'ERR_CASE'> => new LodestoneError('ERR_CASE', why);

async function read(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new LodestoneError('ERR_RECEIVER', `${file} cannot be read (${causeCode(cause)})`, { cause });
  }
}
