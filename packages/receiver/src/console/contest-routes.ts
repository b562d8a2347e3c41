/** Contests by receipt: those that wait for a judgement, and the one under a receipt. Flow: routes → here → contests. Spec: docs/design/receiver.md#console */
import { Receipt } from '@lodestone/protocol/contest';
import { check } from '@lodestone/protocol/document';
import { toDay } from '@lodestone/protocol/time';
import { html } from 'hono/html';
import { toDate } from '../cases/cases.ts';
import { CONTESTS_PAGE, findContest, type ListedContest, listContests } from '../contests/list-contests.ts';
import { hidden, page } from './frame.ts';
import { due, quote } from './parts.ts';
import { type Html, type Route, textOf, type Visit } from './visit.ts';

export const CONTEST_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/contests', action: 'see contests', handle: showContests },
  // A POST, so that no address, and no history of a browser, has the receipt.
  { method: 'POST', path: '/contests', action: 'see contests', handle: showFound },
];

async function showContests(visit: Visit): Promise<Response> {
  const { c, db, user } = visit;
  const after = c.req.query('after');
  const from = after !== undefined && /^[1-9]\d{0,8}$/.test(after) ? Number(after) : undefined;
  const contests = await listContests(db, user, from);
  return c.html(
    contestsPage(
      visit,
      html`<p class="soft">Contests of decided cases that nobody has judged, the most urgent first.</p>
        ${
          contests.length === 0
            ? html`<p class="card empty">No contest waits for a judgement.</p>`
            : contests.map((each) => contestCard(visit, each))
        }
        ${
          contests.length === CONTESTS_PAGE
            ? html`<nav class="pager" aria-label="Pages">
                <a href="/contests?after=${contests.at(-1)?.contestNo}">Next page</a>
              </nav>`
            : ''
        }`,
    ),
  );
}

async function showFound(visit: Visit): Promise<Response> {
  const { c, db, user } = visit;
  const receipt = check(Receipt, (textOf(visit, 'receipt') ?? '').toUpperCase(), 'receipt');
  return c.html(contestsPage(visit, contestCard(visit, await findContest(db, user, receipt))));
}

function contestsPage(visit: Visit, content: Html): Html {
  return page(
    visit,
    'Contests',
    '/contests',
    html`<h1>Contests</h1>
      <form class="filters" method="post" action="/contests" role="search">
        ${hidden(visit.session)}
        <label
          >Receipt
          <input name="receipt" required autocomplete="off" spellcheck="false" placeholder="MFRG-GZDF-MZTW-Q2LK"
        /></label>
        <button>Find</button>
      </form>
      ${content}`,
  );
}

function contestCard({ now }: Visit, { contestNo, caseNo, receivedDay, dueDay, outcome, text }: ListedContest): Html {
  return html`<article class="card pad">
    <h2>Contest ${contestNo}${caseNo === null ? '' : html` of <a href="/cases/${caseNo}">case ${caseNo}</a>`}</h2>
    <p class="soft">
      Received ${receivedDay}, an answer is due ${due(dueDay, toDate(toDay(now())))}. Outcome: ${outcome ?? 'none yet'}.
    </p>
    ${quote(text)}
  </article>`;
}
