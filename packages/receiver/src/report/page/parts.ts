/** Tables and small pieces of the report's page. `html` escapes every value. Flow: sections → here. Spec: docs/provide/report.md */
import type { BreakdownName, Count, TransparencyReport } from '@lodestone/protocol/transparency-report';
import { html } from 'hono/html';
import { barCell, columns, mostOf } from '../../console/charts.ts';
import type { Html } from '../../console/visit.ts';
import { DEFINITIONS } from '../breakdowns.ts';
import { labelOf } from './labels.ts';

export function countText(count: Count): Html {
  return count === null ? html`<span class="hidden">hidden</span>` : html`${count.toLocaleString('en')}`;
}

export function section(id: string, title: string, content: Html): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title">
    <h2 id="${id}-title">${title}</h2>
    ${content}
  </section>`;
}

/** A table that scrolls by itself where the screen is narrow. */
export function card(
  title: string,
  head: readonly (readonly [text: string, kind?: 'number'])[],
  rows: readonly Html[],
): Html {
  return html`<div class="card scroll" role="region" aria-label="${title}" tabindex="0">
    <table>
      <caption>
        ${title}
      </caption>
      <thead>
        <tr>
          ${head.map(([text, kind]) => (text === '' ? html`<td class="plot"></td>` : html`<th scope="col" class="${kind ?? ''}">${text}</th>`))}
        </tr>
      </thead>
      <tbody>
        ${
          rows.length === 0
            ? html`<tr>
                <td colspan="${head.length}" class="soft">None.</td>
              </tr>`
            : rows
        }
      </tbody>
    </table>
  </div>`;
}

/** A breakdown with last year beside. @param title also says what is counted */
export function breakdownTable(
  { year, breakdowns }: TransparencyReport,
  name: BreakdownName,
  title: string,
  key: string,
): Html {
  const rows = breakdowns[name].filter((row) => row.year !== 0 || row.before !== 0 || FIXED.includes(name));
  const most = mostOf(rows.map((row) => row.year));
  const hasBars = DEFINITIONS[name].kind === 'parts' && name !== 'signalsByMonth'; // a chart of its own
  return card(
    title,
    [[key], [String(year), 'number'], ...(hasBars ? ([['']] as const) : []), [String(year - 1), 'number']],
    rows.map(
      (row) =>
        html`<tr>
          <th scope="row">${labelOf(name, row.key)}</th>
          <td class="number">${countText(row.year)}</td>
          ${hasBars ? barCell(row.year, most) : ''}
          <td class="number soft">${countText(row.before)}</td>
        </tr>`,
    ),
  );
}

/** Short tables, in which a zero says something. */
const FIXED: readonly BreakdownName[] = [
  'signalsByMonth',
  'signalsBySurface',
  'signalsByMedia',
  'signalsByEvidence',
  'complaints',
  'contests',
  'lookups',
  'floods',
  'withdrawnByCause',
  'requests',
];

/** A column for each month, above the table of the same figures. */
export function monthChart(report: TransparencyReport): Html {
  const rows = report.breakdowns.signalsByMonth;
  return html`<figure class="card pad">
    <figcaption id="by-month">
      Signals counted in each month of ${report.year} <small>The table has the figures.</small>
    </figcaption>
    ${columns(
      'by-month',
      rows.map(({ year }) => year),
    )}
    <p class="axis" aria-hidden="true"><span>January</span><span>December</span></p>
  </figure>`;
}

export function facts(all: readonly (readonly [term: string, value: string | Html])[]): Html {
  return html`<dl class="card facts">
    ${all.map(
      ([term, value]) =>
        html`<div>
          <dt>${term}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}
