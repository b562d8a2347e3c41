/**
 * The report as one HTML page: no script, nothing to load, and a policy that forbids both. Flow: cli → here → a file.
 * Spec: docs/provide/report.md#page
 */
import { createHash } from 'node:crypto';
import type { TransparencyReport } from '@lodestone/protocol/transparency-report';
import { html, raw } from 'hono/html';
import type { Html } from '../../console/visit.ts';
import {
  complaintSection,
  dataSection,
  errorSection,
  listSection,
  recipientSection,
  retentionSection,
  summary,
  timeSection,
} from './figure-sections.ts';
import { section } from './parts.ts';
import { measureSection, orderSection, riskSection, serviceSection, signOffSection } from './statement-sections.ts';
import { REPORT_STYLE } from './style.ts';

/** Its text is what the policy has the digest of, to the byte. */
const STYLE_ELEMENT = raw(`<style>${REPORT_STYLE}</style>`);
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(REPORT_STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'`;

const CONTENTS: readonly (readonly [id: string, title: string])[] = [
  ['service', 'The service'],
  ['risks', 'Risk assessment'],
  ['measures', 'Measures'],
  ['orders', 'Orders in force'],
  ['data', 'Data processed'],
  ['errors', 'Errors'],
  ['time', 'Time'],
  ['complaints', 'Complaints and outcomes'],
  ['recipients', 'Recipients'],
  ['lists', 'Lists: floods and withdrawn entries'],
  ['retention', 'Retention and deletion'],
  ['reading', 'How to read the figures'],
  ['sign-off', 'Sign-off'],
];

export async function printReportPage(report: TransparencyReport): Promise<string> {
  const { statement, year } = report;
  const title = `Risk and transparency report ${year}`;
  return `${await html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <meta name="referrer" content="no-referrer" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · ${statement.service.name}</title>
        ${STYLE_ELEMENT}
      </head>
      <body>
        <a class="skip" href="#content">Skip to the content</a>
        <main id="content" tabindex="-1">
          <h1>${title} <small>${statement.service.name} · ${statement.provider.name}</small></h1>
          ${draftNotice(report)} ${summary(report)}
          <nav aria-label="Contents">
            <ol class="card contents">
              ${CONTENTS.map(([id, name]) => html`<li><a href="#${id}">${name}</a></li>`)}
            </ol>
          </nav>
          ${serviceSection(statement)} ${riskSection(statement)} ${measureSection(statement)} ${orderSection(report)}
          ${dataSection(report)} ${errorSection(report)} ${timeSection(report)} ${complaintSection(report)}
          ${recipientSection(report)} ${listSection(report)} ${retentionSection(report)} ${readingSection(report)}
          ${signOffSection(statement)}
        </main>
        <footer>
          <p>
            Written on ${report.writtenAt.slice(0, 10)} (UTC) by Lodestone receiver ${report.release}. The figures are
            those of the receiver; the provider wrote the rest.
          </p>
        </footer>
      </body>
    </html>`}\n`;
}

function draftNotice({ isFinal, year, writtenAt }: TransparencyReport): Html {
  if (isFinal) return html``;
  return html`<p class="notice">
    Draft: the figures of ${year} are not final on ${writtenAt.slice(0, 10)}. The year is not over, or signals of it
    wait for their order. Do not publish it: the difference to the final report can show small counts.
  </p>`;
}

function readingSection({ smallCount, countedSince, recordHead, year }: TransparencyReport): Html {
  return section(
    'reading',
    'How to read the figures',
    html`<ul>
      <li>A year is that of UTC. The figures of ${year - 1} stand beside for comparison.</li>
      <li>
        Counts are rounded to the nearest multiple of ${smallCount}, also totals, so sums can differ. “Hidden” is a
        count from 1 to ${smallCount - 1}. Both prevent that small counts, which could be about a few people, are
        computed from others. Where the rounded counts would still tell too much, a table, or all tables of the same
        things, hide all of their counts, also zeros.
      </li>
      <li>
        Precision is computed from the rounded counts, and its interval covers the rounding. It is not shown if a count
        that it needs is hidden, or nothing was decided.
      </li>
      <li>Each signal is a claim by a device, not proof of content. Its day is that of its arrival.</li>
      ${
        countedSince === null
          ? ''
          : html`<li>
              Signals by list, surface, content and evidence, cases by technology, times, complaints and files are
              counted from ${countedSince} on. Before, they were not counted; the numbers of signals, confirmed,
              dismissed and reported cases are complete.
            </li>`
      }
      <li>
        The record of review ended with the entry <code>${recordHead}</code> when this report was written. An auditor
        who has the record can count the decisions again.
      </li>
    </ul>`,
  );
}
