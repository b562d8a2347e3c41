/** The list of entries that many subjects match at once. Flow: flood-routes → here. Promise: an auditor’s page names no entry. Spec: docs/design/receiver.md#floods */
import { html } from 'hono/html';
import type { FloodState } from '../db/schema-floods.ts';
import type { Flood, FloodProcess } from '../floods/list.ts';
import { ALLOWED } from './access.ts';
import { hidden, page } from './frame.ts';
import { pager, shortName } from './parts.ts';
import type { Html, Visit } from './visit.ts';

export const FLOODS_PAGE = 50;

const VIEWS = { held: 'Held back', released: 'Released', all: 'All' } as const;
type FloodView = keyof typeof VIEWS;

export function isFloodView(view: string): view is FloodView {
  return Object.hasOwn(VIEWS, view);
}

export interface FloodSearch {
  view: FloodView;
  after: number | undefined;
}

const TONES: Readonly<Record<FloodState, 'ask' | 'stop' | 'clear'>> = {
  quarantined: 'ask',
  kept: 'stop',
  questioned: 'stop',
  released: 'clear',
};

export function floodBadge(state: FloodState): Html {
  return html`<span class="badge ${TONES[state]}">${state}</span>`;
}

/** What is held back: a model has no exact matches. */
export function heldBack({ state, now: { signals, exactSignals } }: Flood): number {
  return state === 'released' ? 0 : signals - exactSignals;
}

export function floodsPage(
  visit: Visit,
  { view, after }: FloodSearch,
  floods: readonly (FloodProcess | Flood)[],
): Html {
  const last = floods.length === FLOODS_PAGE ? floods.at(-1)?.floodNo : undefined;
  return page(
    visit,
    'Floods',
    '/floods',
    html`<h1>Floods</h1>
      <p class="soft">
        Entries that suddenly matched many subjects within two days, the newest first. Such an entry may be wrong, or
        somebody may have spread one file on purpose. Until a lead releases it, matches on it that are not exact are
        held back. Cases are those with the entry that nobody has decided.
      </p>
      <ul class="chips" aria-label="Which floods">
        ${Object.entries(VIEWS).map(
          ([name, title]) =>
            html`<li>
              <a href="/floods?view=${name}" ${name === view ? html`aria-current="true"` : ''}>${title}</a>
            </li>`,
        )}
      </ul>
      ${floods.length === 0 ? html`<p class="card empty">None.</p>` : floodTable(floods)}
      ${pager(`/floods?view=${view}`, { isFirst: after === undefined, last })}
      ${ALLOWED['decide floods'][visit.user.role] ? feedbackForm(visit) : ''}`,
  );
}

function floodTable(floods: readonly (FloodProcess | Flood)[]): Html {
  const seesEntries = floods.some((each) => 'entry' in each);
  return html`<div class="card scroll below" role="region" aria-label="Floods" tabindex="0">
    <table class="rows dense">
      <thead>
        <tr>
          <th scope="col">Flood</th>
          <th scope="col">State</th>
          <th scope="col">Since</th>
          <th scope="col" class="number">In two days</th>
          ${
            seesEntries
              ? html`<th scope="col">List or model</th>
                  <th scope="col" class="number">Entry</th>
                  <th scope="col" class="number">Signals</th>
                  <th scope="col" class="number">Held back</th>
                  <th scope="col" class="number">Subjects</th>
                  <th scope="col" class="number">Days</th>
                  <th scope="col" class="number">Cases</th>`
              : ''
          }
        </tr>
      </thead>
      <tbody>
        ${floods.map((each) => floodRow(each))}
      </tbody>
    </table>
  </div>`;
}

function floodRow(each: FloodProcess | Flood): Html {
  const { floodNo, state, sinceDay, subjects } = each;
  return html`<tr>
    <th scope="row"><a href="/floods/${floodNo}">${floodNo}</a></th>
    <td>${floodBadge(state)}</td>
    <td>${sinceDay}</td>
    <td class="number">${subjects.toLocaleString('en')}</td>
    ${
      'entry' in each
        ? html`<td><code>${shortName(each.reference)}</code></td>
            <td class="number">${each.kind === 'match' ? each.entry : '–'}</td>
            ${[each.now.signals, heldBack(each), each.now.subjects, each.now.days, each.now.cases].map(
              (count) => html`<td class="number">${count.toLocaleString('en')}</td>`,
            )}`
        : ''
    }
  </tr>`;
}

function feedbackForm({ session, config }: Visit): Html {
  const sources = config.authorities.lists;
  if (sources.length === 0) return html``;
  return html`<section aria-labelledby="feedback">
    <h2 id="feedback">Feedback for an authority</h2>
    <div class="card">
      <form class="stack" method="post" action="/floods/feedback">
        ${hidden(session)}
        <p>
          One file with every entry of its lists that was questioned here, or whose case was overturned. Nothing is
          sent; it names no subject and no case. The authority reads it with <code>lodestone-authority feedback</code>.
        </p>
        <label
          >Authority
          <select name="source">
            ${sources.map(({ name }) => html`<option value="${name}">${name}</option>`)}
          </select></label
        >
        <p><button>Save the file</button></p>
      </form>
    </div>
  </section>`;
}
