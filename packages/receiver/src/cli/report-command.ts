/** The command that writes the yearly report, and the template of what people have to write for it. Flow: program → here → report. Spec: docs/provide/report.md */
import { readFile } from 'node:fs/promises';
import { LodestoneError } from '@lodestone/protocol/error';
import { parseStatement, type ReportStatement, statementTemplate } from '@lodestone/protocol/report-statement';
import { printReport } from '@lodestone/protocol/transparency-report';
import { type Command, InvalidArgumentError } from 'commander';
import { readConfig } from '../config.ts';
import { causeCode } from '../log-safe-error.ts';
import { buildReport, checkYear } from '../report/build.ts';
import { printReportPage } from '../report/page/page.ts';
import { withUser } from './review-context.ts';
import { writeAllNew, writeNew } from './write-new.ts';

interface ReportOptions {
  year: number;
  template?: string;
  data?: string;
  statement?: string;
  out?: string;
}

export function addReportCommand(lodestone: Command): void {
  lodestone
    .command('report')
    .description(
      'write the risk and transparency report of a year, as a page and as JSON; small counts are hidden, and nothing is sent (lead, auditor)',
    )
    .requiredOption('--year <year>', 'year in UTC', year)
    .option('--template <file>', 'only write a statement for you to fill in, to a new file')
    .option('--data <dir>', 'data folder of the receiver')
    .option('--statement <file>', 'what only you know: service, risks, measures, recipients, sign-off (JSON)')
    .option('--out <name>', 'new files NAME.html and NAME.json (default: report-YEAR)')
    .action(async ({ year: of, template, ...options }: ReportOptions) => {
      checkYear(of, Date.now());
      if (template === undefined) await writeReport(of, options);
      else {
        await writeNew(template, `${JSON.stringify(statementTemplate(of), undefined, 2)}\n`);
        console.error(`${template} is written. Replace each text that begins with TODO.`);
      }
    });
}

async function writeReport(of: number, { data, statement: file, out }: Omit<ReportOptions, 'year'>): Promise<void> {
  if (data === undefined) throw new LodestoneError('ERR_RECEIVER', 'the figures are missing: give --data DIR');
  const statement = await readStatement(of, file);
  const config = await readConfig(data);
  const name = out ?? `report-${of}`;
  const report = await withUser({ data }, (db, user) => buildReport({ db, config, user }, statement, Date.now()));
  await writeAllNew([
    [`${name}.html`, await printReportPage(report)],
    [`${name}.json`, new TextDecoder().decode(printReport(report))],
  ]);
  console.error(`${name}.html and ${name}.json are written. Nothing was sent.`);
  if (!report.isFinal)
    console.error(
      `The figures of ${of} are not final, because the year is not over or signals of it wait for their order: do not publish this draft.`,
    );
}

/** @throws {LodestoneError} `ERR_RECEIVER`, or `ERR_SCHEMA` with each place that has to be filled in */
async function readStatement(of: number, file: string | undefined): Promise<ReportStatement> {
  if (file === undefined)
    throw new LodestoneError(
      'ERR_RECEIVER',
      `the report needs what only you know: service, risks, measures, recipients and sign-off. Write them into a file of ` +
        `report --year ${of} --template statement.json, and give it with --statement`,
    );
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new LodestoneError('ERR_RECEIVER', `${file} cannot be read (${causeCode(cause)})`, { cause });
  });
  const statement = parseStatement(bytes, file);
  if (statement.year !== of)
    throw new LodestoneError('ERR_RECEIVER', `${file} is about ${statement.year}, and the report about ${of}`);
  return statement;
}

function year(text: string): number {
  if (!/^[2-9]\d{3}$/.test(text)) throw new InvalidArgumentError('Use a year from 2000 on, such as 2026.');
  return Number(text);
}
