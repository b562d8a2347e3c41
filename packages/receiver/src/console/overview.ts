/** The overview: what arrived, from where, and how old the open cases are. Flow: routes → here → figures, charts. Spec: docs/design/receiver.md#console */
import { html } from 'hono/html';
import { type OrderCount, readOrderCounts, readOutcomeCounts, readWaitingCount } from '../cases/counts.ts';
import type { Database } from '../db/schema.ts';
import { OUTCOME_INFO, OUTCOMES } from '../ingest/outcome.ts';
import { barTable, columnChart } from './charts.ts';
import { openCasesByAge, Remembered, signalFigures, type SignalFigures, signalsByDay } from './figures.ts';
import { page } from './frame.ts';
import type { Html, Route, Visit } from './visit.ts';

export const OVERVIEW_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/overview', action: 'see figures', handle: showOverview },
];

const remembered = new WeakMap<Database, Remembered<SignalFigures>>();

async function showOverview(visit: Visit): Promise<Response> {
  const { c, db, user, now } = visit;
  const figures = remembered.get(db) ?? new Remembered<SignalFigures>();
  remembered.set(db, figures);
  const counts = await readOutcomeCounts(db);
  const waiting = await readWaitingCount(db);
  const days = await signalsByDay(db, now());
  const ages = await openCasesByAge(db, now());
  const { lists, surfaces, evidence } = await figures.get(now(), () => signalFigures(db, now()));
  const rejected = OUTCOMES.filter((outcome) => OUTCOME_INFO[outcome].isRejected);
  const outcomes = OUTCOMES.map((outcome) => ({ label: OUTCOME_INFO[outcome].title, count: counts[outcome] }));
  return c.html(
    page(
      visit,
      'Overview',
      '/overview',
      html`<h1>Overview</h1>
        <ul class="figures">
          ${figure(counts.counted, 'signals counted')} ${figure(waiting, 'waiting for their order or list')}
          ${figure(counts.cover, 'covers')}
          ${figure(
            rejected.reduce((sum, outcome) => sum + counts[outcome], 0),
            'rejected',
          )}
          ${figure(
            ages.reduce((sum, { count }) => sum + count, 0),
            'open cases',
          )}
        </ul>
        ${columnChart('by-day', 'Signals a day', days, ['Day', 'Signals'])}
        <div class="grid">
          ${barTable('Age of open cases', ages, ['Age', 'Cases'])}
          ${
            // An auditor sees no list.
            user.role === 'auditor' ? '' : barTable('Signals by list or model', lists, ['List or model', 'Signals'])
          }
          ${barTable('Signals by surface', surfaces, ['Surface', 'Signals'])}
          ${barTable('Signals by evidence', evidence, ['Evidence', 'Signals'])}
        </div>
        <p class="soft">
          By list, surface and evidence: signals of orders with subjects that arrived in the last 30 days and are still
          stored, as of at most a minute ago.
        </p>
        ${barTable('Requests by outcome. All of them got the same answer.', outcomes, ['Outcome', 'Requests'])}
        ${user.role === 'auditor' ? '' : orderTable(await readOrderCounts(db))}`,
    ),
  );
}

function figure(value: number, what: string): Html {
  return html`<li><strong>${value.toLocaleString('en')}</strong> ${what}</li>`;
}

function orderTable(orders: readonly OrderCount[]): Html {
  if (orders.length === 0)
    return html`<p class="card empty">
      No orders yet, so no signal counts. Add the sources of orders to <code>receiver.json</code>.
    </p>`;
  const bars = orders.map(({ source, orderId, signals }) => ({ label: `${source}:${orderId}`, count: signals }));
  return barTable('Orders that this receiver accepted, with all their versions', bars, ['Order', 'Signals']);
}
