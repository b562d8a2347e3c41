/** The list of cases, in pages. Flow: case-routes → here. Spec: docs/design/receiver.md#console */
import { CASE_STATES, type CaseState } from '@lodestone/protocol/case-review';
import { toDay } from '@lodestone/protocol/time';
import { html } from 'hono/html';
import { toDate } from '../cases/cases.ts';
import type { OrderCount } from '../cases/counts.ts';
import type { CaseCount, CaseProcess, CaseSummary } from '../cases/list-cases.ts';
import { page } from './frame.ts';
import { badge, due } from './parts.ts';
import type { Html, Visit } from './visit.ts';

export const CASES_PAGE = 50;

const VIEWS = { open: 'Open', mine: 'Mine', overdue: 'Overdue', decided: 'Decided', all: 'All' } as const;
export type View = keyof typeof VIEWS;
export const isView = (view: string): view is View => Object.hasOwn(VIEWS, view);

/** What the address asks for. */
export interface Search {
  view: View;
  state?: CaseState | undefined;
  /** `source:id`. */
  order?: string | undefined;
  /** A case's number, or the first 8 or more digits of a pseudonym. */
  find?: string | undefined;
  /** The last case of the page before. */
  after?: number | undefined;
  /** An action before ended a case. */
  ended: boolean;
}

export interface CasesData {
  search: Search;
  cases: readonly (CaseProcess | CaseSummary)[];
  orders: readonly OrderCount[];
  total: CaseCount;
}

export function casesPage(visit: Visit, data: CasesData): Html {
  const { search, cases, total } = data;
  return page(
    visit,
    'Cases',
    '/cases',
    html`<h1>Cases</h1>
      ${
        search.ended
          ? html`<p class="notice" role="status">
              The case ended, and was deleted with its evidence, as retention says. The record keeps its number.
            </p>`
          : ''
      }
      <ul class="chips" aria-label="Which cases">
        ${Object.entries(VIEWS).map(
          ([view, title]) =>
            html`<li>
              <a href="/cases?view=${view}" ${view === search.view ? html`aria-current="true"` : ''}>${title}</a>
            </li>`,
        )}
      </ul>
      ${searchForm(visit, data)}
      <p class="soft" role="status">${countText(total)}, the most urgent first.</p>
      ${cases.length === 0 ? noCases() : caseTable(cases, visit)} ${pager(search, cases)}`,
  );
}

function countText({ count, isMore }: CaseCount): string {
  if (count === 1) return 'One case';
  return `${isMore ? 'More than ' : ''}${count.toLocaleString('en')} cases`;
}

function searchForm({ user }: Visit, { search, orders }: CasesData): Html {
  const isSelected = (is: boolean): Html => (is ? html`selected` : html``);
  const seesSubjects = user.role !== 'auditor';
  return html`<form class="filters" method="get" action="/cases" role="search">
    <input type="hidden" name="view" value="${search.view}" />
    <label
      >State
      <select name="state">
        <option value="">any</option>
        ${CASE_STATES.map((state) => html`<option ${isSelected(state === search.state)}>${state}</option>`)}
      </select></label
    >
    ${
      seesSubjects
        ? html`<label
            >Order
            <select name="order">
              <option value="">any</option>
              ${orders.map(({ source, orderId }) => {
                const name = `${source}:${orderId}`;
                return html`<option ${isSelected(name === search.order)}>${name}</option>`;
              })}
            </select></label
          >`
        : ''
    }
    <label
      >Find
      <input
        name="find"
        type="search"
        value="${search.find ?? ''}"
        autocomplete="off"
        spellcheck="false"
        placeholder="${seesSubjects ? 'case number or subject' : 'case number'}"
    /></label>
    <button>Show</button>
  </form>`;
}

function caseTable(cases: readonly (CaseProcess | CaseSummary)[], { now }: Visit): Html {
  const today = toDate(toDay(now()));
  const hasSubjects = cases.some((each) => 'pseudonym' in each);
  return html`<div class="card scroll" role="region" aria-label="Cases" tabindex="0">
    <table class="rows">
      <thead>
        <tr>
          <th scope="col">Case</th>
          <th scope="col">State</th>
          <th scope="col">Due</th>
          <th scope="col">Held by</th>
          ${
            hasSubjects
              ? html`<th scope="col" class="number">Exact</th>
                  <th scope="col" class="number">Entries</th>
                  <th scope="col" class="number">Days</th>
                  <th scope="col">Subject</th>
                  <th scope="col">Order</th>`
              : ''
          }
          <th scope="col">Opened</th>
        </tr>
      </thead>
      <tbody>
        ${cases.map((each) => caseRow(each, today))}
      </tbody>
    </table>
  </div>`;
}

function caseRow(each: CaseProcess | CaseSummary, today: string): Html {
  const { caseNo, state, holder, openedDay, dueDay } = each;
  return html`<tr>
    <th scope="row"><a href="/cases/${caseNo}">${caseNo}</a></th>
    <td>${badge(state)}${'heldDay' in each && each.heldDay !== null ? html` <span class="badge">hold</span>` : ''}</td>
    <td>${due(dueDay, today)}</td>
    <td>${holder ?? '–'}</td>
    ${
      'pseudonym' in each
        ? html`<td class="number">${each.exactEntries}</td>
            <td class="number">${each.entries}</td>
            <td class="number">${each.days}</td>
            <td><code>${each.pseudonym.slice(0, 12)}…</code></td>
            <td><code>${each.order.source}:${each.order.orderId}</code></td>`
        : ''
    }
    <td>${openedDay}</td>
  </tr>`;
}

function noCases(): Html {
  return html`<div class="card empty">
    <p>No such case.</p>
    <p>
      A case appears when one subject’s signals reach the order’s threshold of distinct entries within one counting
      window, one of them by an exact match, or when a lead opens one. Signals of orders without a subject are only
      counted.
    </p>
  </div>`;
}

function pager(search: Search, cases: readonly CaseProcess[]): Html {
  const { view, state = '', order = '', find = '' } = search;
  const query = new URLSearchParams({ view, state, order, find }).toString();
  const to = (after: number | undefined): string =>
    after === undefined ? `/cases?${query}` : `/cases?${query}&after=${after}`;
  const next = cases.length === CASES_PAGE ? cases.at(-1)?.caseNo : undefined;
  return html`<nav class="pager" aria-label="Pages">
    ${search.after === undefined ? '' : html`<a href="${to(undefined)}">First page</a>`}
    ${next === undefined ? '' : html`<a href="${to(next)}" rel="next">Next page</a>`}
  </nav>`;
}
