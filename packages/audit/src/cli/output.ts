/** The last step of each command: a report as text or JSON, and as a page where one is asked for; and the exit code. */
import { writeFile } from 'node:fs/promises';
import type { Exhibit } from '../report/html/section.ts';
import { page } from '../report/html/page.ts';
import { EXIT, type Report, type Verdict, verdictOf } from '../report/report.ts';

export interface Delivery {
  json?: boolean;
  /** File for the page. */
  html?: string;
}

const MARKS: Record<Verdict, string> = { holds: 'holds      ', broken: 'DOES NOT   ', untested: 'not tested ' };
const LAST: Record<Verdict, string> = {
  holds: 'Every promise that was tested holds.',
  broken: 'Not every promise holds.',
  untested: 'Nothing could be tested.',
};

export async function deliver<F>(
  report: Report<F>,
  exhibits: (facts: F) => Exhibit[],
  { json, html }: Delivery,
): Promise<void> {
  if (html !== undefined) {
    await writeFile(html, page(report, { exhibits: exhibits(report.facts), command: commandLine() }));
    console.error(`The report is in ${html}`);
  }
  console.log(json ? JSON.stringify(report, undefined, 2) : textOf(report));
  process.exitCode = EXIT[verdictOf(report)];
}

function textOf(report: Report): string {
  const lines = report.claims.flatMap(({ promise, seen, verdict }) => [
    `${MARKS[verdict]} ${promise}`,
    `            ${seen}`,
  ]);
  return [...lines, '', LAST[verdictOf(report)]].join('\n');
}

/** As it was typed, quoted where a shell would need it. */
function commandLine(): string {
  const words = process.argv.slice(2).map((word) => (/^[\w./:@=,+-]+$/.test(word) ? word : `'${word}'`));
  return ['lodestone-audit', ...words].join(' ');
}
