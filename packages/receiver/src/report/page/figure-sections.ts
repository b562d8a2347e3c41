/** The sections of the report that the receiver's figures fill. Flow: page → here. Spec: docs/provide/report.md#figures */
import {
  type BreakdownName,
  type Precision,
  type PrecisionKind,
  type ReportRow,
  SMALL_COUNT,
  type TransparencyReport,
} from '@lodestone/protocol/transparency-report';
import { html } from 'hono/html';
import type { Html } from '../../console/visit.ts';
import { labelOf, MEDIAN_LABELS, RETENTION_LABELS } from './labels.ts';
import { breakdownTable, card, countText, monthChart, section } from './parts.ts';

export function summary({ breakdowns, year }: TransparencyReport): Html {
  const shown = ['signals', 'opened', 'confirmed', 'dismissed', 'reported', 'overturned', 'complaints'];
  return html`<ul class="figures">
    ${breakdowns.totals
      .filter(({ key }) => shown.includes(key))
      .map(
        (row) =>
          html`<li>
            <strong>${countText(row.year)}</strong> ${labelOf('totals', row.key).toLowerCase()}
            <small>${year - 1}: ${countText(row.before)}</small>
          </li>`,
      )}
  </ul>`;
}

export function dataSection(report: TransparencyReport): Html {
  return section(
    'data',
    'Data processed',
    html`<p>
        A signal says that a device matched an entry of a list, or that a classifier reached its threshold. It has 256
        bytes and contains no content, name or time of day. Content that matches nothing leaves no trace at the
        receiver.
      </p>
      ${monthChart(report)} ${breakdownTable(report, 'signalsByMonth', 'Signals by month', 'Month')}
      <div class="grid">
        ${breakdownTable(report, 'signalsByEvidence', 'Signals by evidence', 'Evidence')}
        ${breakdownTable(report, 'signalsBySurface', 'Signals by surface', 'Surface')}
        ${breakdownTable(report, 'signalsByMedia', 'Signals by kind of content', 'Content')}
        ${breakdownTable(report, 'signalsByList', 'Signals by list or model', 'List or model')}
        ${breakdownTable(report, 'signalsByOrder', 'Signals by order', 'Order')}
      </div>
      ${breakdownTable(report, 'otherRequests', 'Requests that were no new signal', 'Request')}
      ${breakdownTable(report, 'totals', 'What became of them', 'Signals and cases')}`,
  );
}

const KINDS: Readonly<
  Record<PrecisionKind, readonly [name: 'Technology' | 'List' | 'Surface' | 'Order', title: string]>
> = {
  technology: ['Technology', 'Decided cases by technology'],
  list: ['List', 'Decided cases by list or model'],
  surface: ['Surface', 'Decided cases by surface'],
  order: ['Order', 'Decided cases by order'],
};

export function errorSection(report: TransparencyReport): Html {
  return section(
    'errors',
    'Errors',
    html`<p>
        Two people confirm a case, and one dismisses it. Precision is the share of confirmed cases among those that were
        decided, with a 95 % interval (Wilson). A case with signals of several technologies, lists or surfaces counts
        once, under “several of them”. Cases that were overturned in ${report.year} may have been confirmed before.
      </p>
      ${(Object.keys(KINDS) as PrecisionKind[]).map((kind) => decidedTable(report, kind))}
      ${breakdownTable(report, 'dismissedByReason', 'Dismissed cases by reason', 'Reason')}
      ${breakdownTable(report, 'overturnedByReason', 'Overturned confirmations by reason', 'Reason')}
      <h3>What cannot be known</h3>
      <ul>
        ${report.notKnown.map((sentence) => html`<li>${sentence}</li>`)}
      </ul>`,
  );
}

function decidedTable({ breakdowns, precision, year }: TransparencyReport, kind: PrecisionKind): Html {
  const [name, title] = KINDS[kind];
  const rowOf = (what: 'confirmed' | 'dismissed' | 'overturned', key: string): ReportRow =>
    breakdowns[`${what}By${name}` as BreakdownName].find((row) => row.key === key) ?? { key, year: 0, before: 0 };
  const rows = precision[kind]
    .map(({ key, ...shares }) => ({
      key,
      ...shares,
      counts: (['confirmed', 'dismissed', 'overturned'] as const).map((what) => rowOf(what, key)),
    }))
    .filter(({ key, counts }) => (kind === 'technology' ? key !== 'unknown' || isUsed(counts) : isUsed(counts)));
  return card(
    title,
    [
      [name],
      [`Precision ${year}`],
      ['Confirmed', 'number'],
      ['Dismissed', 'number'],
      ['Overturned', 'number'],
      [`Precision ${year - 1}`],
    ],
    rows.map(
      ({ key, counts, year: share, before }) =>
        html`<tr>
          <th scope="row">${labelOf(`confirmedBy${name}`, key)}</th>
          <td>${precisionText(share)}${share === null ? '' : interval(share)}</td>
          ${counts.map((row) => html`<td class="number">${countText(row.year)}</td>`)}
          <td class="soft">${precisionText(before)}</td>
        </tr>`,
    ),
  );
}

const isUsed = (rows: readonly ReportRow[]): boolean => rows.some(({ year, before }) => year !== 0 || before !== 0);
const percent = (share: number): string => `${Math.round(100 * share)} %`;

function precisionText(share: Precision | null): Html {
  if (share === null) return html`<span class="hidden">not shown</span>`;
  return html`<span class="share">${percent(share.value)}</span>
    <small class="interval-text">${percent(share.low)} to ${percent(share.high)}</small>`;
}

/** The text has the same figures. */
function interval({ value, low, high }: Precision): Html {
  return html`<svg class="interval" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">
    <rect class="none" y="3.5" width="100" height="1" />
    <rect
      class="bar"
      x="${(100 * low).toFixed(1)}"
      y="2"
      width="${Math.max(0.5, 100 * (high - low)).toFixed(1)}"
      height="4"
    />
    <rect class="mark" x="${Math.min(99, 100 * value).toFixed(1)}" width="1" height="8" />
  </svg>`;
}

export function timeSection({ medians, year, statement }: TransparencyReport): Html {
  const text = (days: number | null): Html =>
    days === null
      ? html`<span class="hidden">fewer than ${SMALL_COUNT}</span>`
      : html`${days} ${days === 1 ? 'day' : 'days'}`;
  return section(
    'time',
    'Time',
    html`${card(
      'Median times',
      [['Time'], [String(year), 'number'], [String(year - 1), 'number']],
      Object.entries(MEDIAN_LABELS).map(([name, label]) => {
        const { year: current, before } = medians[name as keyof typeof medians];
        return html`<tr>
          <th scope="row">${label}</th>
          <td class="number">${text(current)}</td>
          <td class="number soft">${text(before)}</td>
        </tr>`;
      }),
    )}
    ${card(
      'Targets for time and accuracy',
      [['Target'], ['Result']],
      statement.targets.map(
        ({ target, result }) =>
          html`<tr>
            <td>${target}</td>
            <td>${result}</td>
          </tr>`,
      ),
    )}`,
  );
}

export function complaintSection(report: TransparencyReport): Html {
  return section(
    'complaints',
    'Complaints and outcomes',
    html`<p>
        A user contests with the receipt of a notice. Somebody who took no part in the decision judges it. One complaint
        can be told that nobody had decided, and later another outcome.
      </p>
      <div class="grid">
        ${breakdownTable(report, 'complaints', 'What users were told', 'Outcome')}
        ${breakdownTable(report, 'contests', 'Contests of cases', 'Contests')}
      </div>`,
  );
}

export function recipientSection(report: TransparencyReport): Html {
  return section(
    'recipients',
    'Recipients',
    html`${card(
        'Organisations that received data',
        [['Organisation'], ['What it received']],
        report.statement.recipients.map(
          ({ organisation, received }) =>
            html`<tr>
              <th scope="row">${organisation}</th>
              <td>${received}</td>
            </tr>`,
        ),
      )}
      <p>
        The receiver sends no report. It writes files, which people file or hand on; a lead notes each report that was
        filed.
      </p>
      <div class="grid">
        ${breakdownTable(report, 'exports', 'Files and lines that the receiver wrote', 'File')}
        ${breakdownTable(report, 'callbacks', 'Messages that other systems of the provider accepted', 'Message')}
        ${breakdownTable(report, 'requests', 'Requests because of confirmed cases', 'Request')}
        ${breakdownTable(report, 'lookups', 'Look-ups: whose pseudonym it is', 'Step')}
      </div>`,
  );
}

export function listSection(report: TransparencyReport): Html {
  return section(
    'lists',
    'Lists: floods and withdrawn entries',
    html`<div class="grid">
      ${breakdownTable(report, 'floods', 'Floods', 'Entries')}
      ${breakdownTable(report, 'withdrawnByCause', 'Withdrawn entries by cause', 'Cause')}
      ${breakdownTable(report, 'withdrawnByList', 'Withdrawn entries by list', 'List')}
    </div>`,
  );
}

export function retentionSection(report: TransparencyReport): Html {
  return section(
    'retention',
    'Retention and deletion',
    html`<div class="grid">
      ${card(
        'Days for which the receiver keeps data, as it is configured now',
        [['What'], ['Days', 'number']],
        Object.entries(report.retention).map(
          ([key, days]) =>
            html`<tr>
              <th scope="row">${RETENTION_LABELS[key] ?? key}</th>
              <td class="number">${days === 0 ? 'deleted at once' : days.toLocaleString('en')}</td>
            </tr>`,
        ),
      )}
      ${breakdownTable(report, 'deletions', 'Deletions and holds', 'What happened')}
    </div>`,
  );
}
