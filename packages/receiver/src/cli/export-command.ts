/** The command that writes a confirmed case as a report to a file. It sends nothing. Flow: case-commands → here → exports. Spec: docs/design/receiver.md#exports */
import { readFile } from 'node:fs/promises';
import { parseDocument } from '@lodestone/protocol/document';
import { LodestoneError } from '@lodestone/protocol/error';
import { type Command, Option } from 'commander';
import { exportCase } from '../exports/export-case.ts';
import { Reporter } from '../exports/format.ts';
import { EXPORT_FORMATS, FORMAT_NAMES, type FormatName } from '../exports/formats.ts';
import { causeCode } from '../log-safe-error.ts';
import { caseNumber, DATA, type DataOption, requiredToken, withDatabase } from './review-context.ts';
import { writeNew } from './write-new.ts';

interface ExportOptions extends DataOption {
  format: FormatName;
  reporter: string;
  account?: string;
  real?: true;
  out: string;
}

const REPORTER_BYTES = 65_536;

export function addExportCommand(cases: Command): void {
  cases
    .command('export')
    .argument('<case>', 'number of the case', caseNumber)
    .description('write a confirmed case as a report to a file, marked as a test unless --real; nothing is sent (lead)')
    .requiredOption(...DATA)
    .addOption(new Option('--format <format>', FORMATS).choices(FORMAT_NAMES).makeOptionMandatory())
    .requiredOption(
      '--reporter <file>',
      'JSON: service, reportingPerson {firstName, lastName, email}, termsOfService?, legalURL?, legalRepresentative?, incident?',
    )
    .option('--account <name>', 'the account as your own systems name it')
    .option('--real', 'do not mark it as a test')
    .requiredOption('--out <file>', 'a new file')
    .action(async (caseNo: number, { format, reporter: file, account, real, out, ...options }: ExportOptions) => {
      const reporter = parseDocument(Reporter, await read(file), { what: file, maxBytes: REPORTER_BYTES });
      const token = requiredToken();
      const isReal = real === true;
      const now = Date.now();
      await writeNew(out, () =>
        withDatabase(options, (db) =>
          exportCase(db, token, { caseNo, format, isReal }, now, (exported) =>
            EXPORT_FORMATS[format].print({ ...exported, reporter, account, isReal }, now),
          ),
        ),
      );
      console.error(`${out} is written${isReal ? '' : ', marked as a test'}. Nothing was sent.`);
    });
}

const FORMATS = FORMAT_NAMES.map((name) => `${name}: ${EXPORT_FORMATS[name].what}`).join('; ');

async function read(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new LodestoneError('ERR_RECEIVER', `${file} cannot be read (${causeCode(cause)})`, { cause });
  }
}
