/** The yearly report, as the command line writes it: from a statement that people fill in, as a page or as JSON. Flow: routes → here → report. Spec: docs/provide/report.md */
import { utf8 } from '@lodestone/protocol/bytes';
import { LodestoneError } from '@lodestone/protocol/error';
import { parseStatement, STATEMENT_BYTES, statementTemplate } from '@lodestone/protocol/report-statement';
import { printReport } from '@lodestone/protocol/transparency-report';
import { html } from 'hono/html';
import { buildReport } from '../report/build.ts';
import { printReportPage } from '../report/page/page.ts';
import { asFile } from './download.ts';
import { alert, hidden, page } from './frame.ts';
import type { Route, Visit } from './visit.ts';

export const REPORT_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/report', action: 'write the report', handle: (visit) => showForm(visit) },
  { method: 'GET', path: '/report/template.json', action: 'write the report', handle: saveTemplate },
  // Each character of the statement can be three when the browser encodes it.
  { method: 'POST', path: '/report', action: 'write the report', handle: saveReport, formBytes: 3 * STATEMENT_BYTES },
];

interface Tried {
  year: number;
  statement: string;
  why: string;
}

/** This year and those before: the report of a year is written in the next one. */
const YEARS = 4;
const yearsOf = ({ now }: Visit): number[] => {
  const year = new Date(now()).getUTCFullYear();
  return Array.from({ length: YEARS }, (_, i) => year - i);
};

function yearOf(visit: Visit, text: string | undefined): number {
  const year = yearsOf(visit).find((each) => String(each) === text);
  if (year === undefined) throw new LodestoneError('ERR_CASE', 'choose a year');
  return year;
}

function showForm(visit: Visit, tried?: Tried): Promise<Response> {
  const { c, session } = visit;
  const years = yearsOf(visit);
  const chosen = tried?.year ?? years[1];
  const options = years.map(
    (year) => html`<option value="${year}" ${year === chosen ? html`selected` : ''}>${year}</option>`,
  );
  const content = html`<h1>Report of a year</h1>
    ${alert(tried?.why)}
    <p>
      The risk and transparency report of a year: what only you know, in a statement, and the receiver’s figures. Small
      counts are hidden, and nothing is sent.
    </p>
    <form class="card filters pad" method="get" action="/report/template.json">
      <label
        >1. Year
        <select name="year">
          ${options}
        </select></label
      >
      <button>Save the template of the statement</button>
    </form>
    <form class="card stack" method="post" action="/report">
      ${hidden(session)}
      <label
        >2. Year
        <select name="year">
          ${options}
        </select></label
      >
      <label
        >Statement <small>JSON: the template, with each text that begins with TODO replaced.</small>
        <textarea name="statement" rows="12" required spellcheck="false" autocomplete="off">
${tried?.statement ?? ''}</textarea>
      </label>
      <p>
        <button class="primary" name="as" value="page">Save the report as a page</button>
        <button name="as" value="json">Save it as JSON</button>
      </p>
    </form>`;
  return Promise.resolve(c.html(page(visit, 'Report of a year', '/report', content), tried ? 409 : 200));
}

function saveTemplate(visit: Visit): Promise<Response> {
  const { c } = visit;
  const year = yearOf(visit, c.req.query('year') ?? String(yearsOf(visit)[1]));
  asFile(c, `statement-${year}.json`, 'application/json; charset=utf-8');
  return Promise.resolve(c.body(`${JSON.stringify(statementTemplate(year), undefined, 2)}\n`));
}

async function saveReport(visit: Visit): Promise<Response> {
  const { c, db, config, user, form, now } = visit;
  const year = yearOf(visit, form.get('year'));
  const text = form.get('statement') ?? '';
  try {
    const statement = parseStatement(utf8(text), 'the statement');
    if (statement.year !== year)
      throw new LodestoneError('ERR_SCHEMA', `the statement is about ${statement.year}, and the report about ${year}`);
    const report = await buildReport({ db, config, user }, statement, now());
    const draft = report.isFinal ? '' : '-draft';
    if (form.get('as') === 'json') {
      asFile(c, `report-${year}${draft}.json`, 'application/json; charset=utf-8');
      return c.body(new TextDecoder().decode(printReport(report)));
    }
    const printed = await printReportPage(report);
    asFile(c, `report-${year}${draft}.html`, 'text/html; charset=utf-8');
    return c.body(printed);
  } catch (error) {
    if (!(error instanceof LodestoneError) || error.code === 'ERR_RECEIVER') throw error;
    return showForm(visit, { year, statement: text, why: error.message });
  }
}
