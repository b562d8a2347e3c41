/**
 * The console's page as HTML: cases, outcomes, orders. `html` escapes every value.
 * Flow: console → here. Promise: the page states that a case is a claim by devices; it shows no content, because the
 * receiver never gets any. Spec: docs/design/receiver.md#console.
 */
import { html } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';
import type { Case, CaseEntry } from '../cases/cases.ts';
import type { OrderCount } from '../cases/counts.ts';
import { OUTCOME_INFO, type OutcomeCounts, OUTCOMES } from '../ingest/outcome.ts';

type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

export interface PageData {
  cases: readonly Case[];
  /** The highest number of cases that the page shows. */
  limit: number;
  counts: OutcomeCounts;
  /** Signals whose order or list version is not known yet. */
  waiting: number;
  orders: readonly OrderCount[];
}

export function page(data: PageData): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Cases · Lodestone receiver</title>
        <link rel="stylesheet" href="/console.css" />
      </head>
      <body>
        <a class="skip" href="#cases">Skip to the cases</a>
        ${header(data)}
        <main>${caseSection(data)} ${outcomeSection(data.counts)} ${orderSection(data.orders)}</main>
        <footer>
          <p>
            A signal is a claim by the subject’s own device, not proof of content. The receiver has no content and no
            accounts: only the account service can map a pseudonym to an account.
          </p>
          <form method="post" action="/sign-out"><button>Sign out</button></form>
        </footer>
      </body>
    </html>`;
}

function header({ cases, limit, counts, waiting }: PageData): Html {
  const rejected = OUTCOMES.filter((outcome) => OUTCOME_INFO[outcome].isRejected);
  return html`<header>
    <h1>Lodestone receiver</h1>
    <p>Signals from devices, grouped into cases. The device signals; only people report.</p>
    <ul class="figures">
      <li>
        <strong>${cases.length}${cases.length === limit ? '+' : ''}</strong>
        ${cases.length === 1 ? 'case' : 'cases'}
      </li>
      <li><strong>${counts.counted}</strong> signals counted</li>
      <li><strong>${waiting}</strong> waiting for their order or list</li>
      <li><strong>${counts.cover}</strong> covers</li>
      <li><strong>${rejected.reduce((sum, outcome) => sum + counts[outcome], 0)}</strong> rejected</li>
    </ul>
  </header>`;
}

function caseSection({ cases, limit }: PageData): Html {
  return html`<h2 id="cases" tabindex="-1">Cases</h2>
    ${cases.length === 0 ? noCases() : cases.map((each) => caseCard(each))}
    ${cases.length === limit ? html`<p>Only the ${limit} cases with the latest matches are shown.</p>` : ''}`;
}

function outcomeSection(counts: OutcomeCounts): Html {
  return html`<h2>Requests</h2>
    <section class="card scroll" aria-label="Requests" tabindex="0">
      <table>
        <caption>
          Requests by outcome. All of them got the same answer.
        </caption>
        <thead>
          <tr>
            <th scope="col">Outcome</th>
            <th scope="col" class="number">Requests</th>
          </tr>
        </thead>
        <tbody>
          ${OUTCOMES.map(
            (outcome) =>
              html`<tr>
                <th scope="row">${OUTCOME_INFO[outcome].title}</th>
                <td class="number">${counts[outcome]}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </section>`;
}

function orderSection(orders: readonly OrderCount[]): Html {
  return html`<h2>Orders</h2>
    ${orders.length === 0 ? noOrders() : orderTable(orders)}`;
}

function noOrders(): Html {
  return html`<div class="card empty">
    <p>No orders yet, so no signal counts. Add the sources of orders to <code>receiver.json</code>.</p>
  </div>`;
}

function noCases(): Html {
  return html`<div class="card empty">
    <p>
      No cases. A case appears when one subject’s signals reach the order’s threshold of distinct entries within one
      counting window, one of them by an exact match, or when a lead opens one. Signals of orders without a subject are
      only counted.
    </p>
  </div>`;
}

function caseCard({ caseNo, state, pseudonym, order, status, firstDay, lastDay, entries, moreEntries }: Case): Html {
  const days = firstDay === lastDay ? firstDay : `${firstDay} to ${lastDay}`;
  return html`<article class="card">
    <header>
      <h3>Subject <code>${pseudonym}</code></h3>
      <p>Order <code>${order.source}:${order.orderId}</code></p>
      <p>${days}</p>
      <p>Case ${caseNo}: ${state}</p>
      ${status === 'closed' ? html`<p>Closed: the list’s authority suppressed entries</p>` : ''}
    </header>
    <div class="scroll entries" role="group" aria-label="Entries of subject ${pseudonym}" tabindex="0">
      <table>
        <caption>
          ${entries.length === 1 ? 'One entry' : `${entries.length} entries`}${moreEntries > 0 ? html`, and ${moreEntries} more` : ''}
        </caption>
        <thead>
          <tr>
            <th scope="col">List or model</th>
            <th scope="col" class="number">Version</th>
            <th scope="col" class="number">Entry</th>
            <th scope="col">Closest match</th>
            <th scope="col">First day</th>
            <th scope="col">Last day</th>
            <th scope="col" class="number">Signals</th>
          </tr>
        </thead>
        <tbody>
          ${entries.map((entry) => entryRow(entry))}
        </tbody>
      </table>
    </div>
  </article>`;
}

function entryRow({
  kind,
  reference,
  version,
  entry,
  level,
  isSuppressed,
  firstDay,
  lastDay,
  signals,
}: CaseEntry): Html {
  return html`<tr>
    <th scope="row"><code>${reference}</code></th>
    <td class="number">${version ?? '–'}</td>
    <td class="number">${kind === 'match' ? entry : '–'}${isSuppressed ? ' (suppressed)' : ''}</td>
    <td>${kind === 'match' ? `${level} of 256 bits differ` : `bucket ${level} of 10`}</td>
    <td>${firstDay}</td>
    <td>${lastDay}</td>
    <td class="number">${signals}</td>
  </tr>`;
}

function orderTable(orders: readonly OrderCount[]): Html {
  return html`<section class="card scroll" aria-label="Orders" tabindex="0">
    <table>
      <caption>
        Orders that this receiver accepted, with all their versions.
      </caption>
      <thead>
        <tr>
          <th scope="col">Order</th>
          <th scope="col">Source</th>
          <th scope="col" class="number">Signals counted</th>
        </tr>
      </thead>
      <tbody>
        ${orders.map(
          ({ source, orderId, signals }) =>
            html`<tr>
              <th scope="row"><code>${orderId}</code></th>
              <td>${source}</td>
              <td class="number">${signals}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}
