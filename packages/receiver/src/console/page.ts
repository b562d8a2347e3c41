/**
 * The console's first page, as HTML: cases by subject and entry, what arrived, orders. Everything is escaped by `html`.
 * It shows claims by devices, and says so; it shows no content, because none ever came. Spec: DESIGN §9.
 */
import { html } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';
import type { Case, CaseEntry } from '../cases/cases.ts';
import type { OrderCount } from '../cases/counts.ts';
import { type Counts, type Outcome, OUTCOMES } from '../ingest/outcome.ts';

type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

export interface PageData {
  cases: readonly Case[];
  /** At most so many cases are shown. */
  limit: number;
  counts: Counts;
  orders: readonly OrderCount[];
}

const OUTCOME_WORDS: Record<Outcome, string> = {
  signal: 'Signals, counted',
  duplicate: 'Signals that were counted before',
  cover: 'Covers',
  malformed: 'Dropped: not a signal',
  unknownKey: 'Dropped: sealed to a key that is not here',
  unopened: 'Dropped: the seal is broken',
  unknownOrder: 'Dropped: no order of that digest is known here',
  wrongDay: 'Dropped: too old, or not within its order’s time',
  wrongSubject: 'Dropped: not a subject that the account service issued',
  implausible: 'Dropped: its order asks for no such signal',
};

export function page({ cases, limit, counts, orders }: PageData): Html {
  const dropped = OUTCOMES.slice(OUTCOMES.indexOf('malformed')).reduce((sum, outcome) => sum + counts[outcome], 0);
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Cases · Lodestone receiver</title>
        <link rel="stylesheet" href="/console.css" />
      </head>
      <body>
        <a class="skip" href="#cases">To the cases</a>
        <header>
          <h1>Lodestone receiver</h1>
          <p>Signals that devices sent, grouped into cases. The device signals; only people report.</p>
          <ul class="figures">
            <li>
              <strong>${cases.length}${cases.length === limit ? '+' : ''}</strong>
              ${cases.length === 1 ? 'case' : 'cases'}
            </li>
            <li><strong>${counts.signal}</strong> signals counted</li>
            <li><strong>${counts.cover}</strong> covers</li>
            <li><strong>${dropped}</strong> dropped</li>
          </ul>
        </header>
        <main>
          <h2 id="cases" tabindex="-1">Cases</h2>
          ${cases.length === 0 ? noCases() : cases.map((each) => caseCard(each))}
          ${cases.length === limit ? html`<p>The ${limit} cases that were added to last are shown.</p>` : ''}
          <h2>What arrived</h2>
          <section class="card scroll" aria-label="What arrived" tabindex="0">
            <table>
              <caption>
                Requests by what became of them. Every one of them got the same answer.
              </caption>
              <thead>
                <tr>
                  <th scope="col">Kind</th>
                  <th scope="col" class="number">Requests</th>
                </tr>
              </thead>
              <tbody>
                ${OUTCOMES.map(
                  (outcome) =>
                    html`<tr>
                      <th scope="row">${OUTCOME_WORDS[outcome]}</th>
                      <td class="number">${counts[outcome]}</td>
                    </tr>`,
                )}
              </tbody>
            </table>
          </section>
          <h2>Orders</h2>
          ${
            orders.length === 0
              ? html`<div class="card empty">
                  <p>
                    No order is known yet, so no signal counts. The sources of orders are in <code>receiver.json</code>.
                  </p>
                </div>`
              : orderTable(orders)
          }
        </main>
        <footer>
          <p>
            A signal is a claim by the subject’s own device, not proof of content. No content is here, nor any account:
            which account a subject is, only the account service knows.
          </p>
        </footer>
      </body>
    </html>`;
}

function noCases(): Html {
  return html`<div class="card empty">
    <p>
      No case. A case is shown once as many different entries of one subject have arrived within a window as the order
      asks for; signals of orders without a subject are only counted.
    </p>
  </div>`;
}

function caseCard({ subject, order, firstDay, lastDay, entries }: Case): Html {
  const days = firstDay === lastDay ? firstDay : `${firstDay} to ${lastDay}`;
  return html`<article class="card">
    <header>
      <h3>Subject <code>${subject}</code></h3>
      <p>Order <code>${order.source}:${order.id}</code></p>
      <p>${days}</p>
    </header>
    <div class="scroll entries" role="group" aria-label="Entries of subject ${subject}" tabindex="0">
      <table>
        <caption>
          ${entries.length === 1 ? 'One entry' : `${entries.length} entries`}
        </caption>
        <thead>
          <tr>
            <th scope="col">Found on</th>
            <th scope="col" class="number">Release</th>
            <th scope="col" class="number">Entry</th>
            <th scope="col">Nearest</th>
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

function entryRow({ kind, reference, version, entry, level, firstDay, lastDay, signals }: CaseEntry): Html {
  return html`<tr>
    <th scope="row">${reference ? html`<code>${reference}</code>` : 'a release that is not known here yet'}</th>
    <td class="number">${version ?? '–'}</td>
    <td class="number">${kind === 'match' ? entry : '–'}</td>
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
        Orders that were published to this receiver.
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
          ({ source, id, signals }) =>
            html`<tr>
              <th scope="row"><code>${id}</code></th>
              <td>${source}</td>
              <td class="number">${signals}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}
