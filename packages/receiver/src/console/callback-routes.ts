/** Callbacks to the account service and other systems: which wait, which failed for good, and another try. What they say is not shown. Flow: routes → here → callbacks/queue. Spec: docs/design/receiver.md#callbacks */
import { html } from 'hono/html';
import { CALLBACKS_PAGE, listCallbacks, type ListedCallback, retryCallback } from '../callbacks/queue.ts';
import { CALLBACK_STATES, type CallbackState } from '../db/schema-contests.ts';
import { ALLOWED } from './access.ts';
import { hidden, page } from './frame.ts';
import type { Html, Route, Visit } from './visit.ts';

export const CALLBACK_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/callbacks', action: 'see callbacks', handle: showCallbacks },
  { method: 'POST', path: '/callbacks/retry', action: 'retry callbacks', handle: retry },
];

const TITLES: Readonly<Record<CallbackState, string>> = { dead: 'Failed', due: 'Waiting', delivered: 'Delivered' };
const ABOUT: Readonly<Record<CallbackState, string>> = {
  dead: 'The target refused each of 10 attempts, over 75 hours. Mend the target, then try again.',
  due: 'They are sent at the time of the next attempt.',
  delivered: 'The target accepted them.',
};

async function showCallbacks(visit: Visit): Promise<Response> {
  const { c, db, user } = visit;
  const state = CALLBACK_STATES.find((each): each is CallbackState => each === c.req.query('state')) ?? 'dead';
  const callbacks = await listCallbacks(db, user, state);
  const chips = (['dead', 'due', 'delivered'] as const).map(
    (each) =>
      html`<li>
        <a href="/callbacks?state=${each}" ${each === state ? html`aria-current="true"` : ''}>${TITLES[each]}</a>
      </li>`,
  );
  return c.html(
    page(
      visit,
      'Callbacks',
      '/callbacks',
      html`<h1>Callbacks</h1>
        <ul class="chips" aria-label="Which callbacks">
          ${chips}
        </ul>
        <p class="soft">
          Outcomes of contests to the account service, and requests to other systems. ${ABOUT[state]}
          ${callbacks.length === CALLBACKS_PAGE ? `The first ${CALLBACKS_PAGE} are shown.` : ''}
        </p>
        ${callbacks.length === 0 ? html`<p class="card empty">None.</p>` : callbackTable(visit, callbacks)}`,
    ),
  );
}

function callbackTable(visit: Visit, callbacks: readonly ListedCallback[]): Html {
  const mayRetry = ALLOWED['retry callbacks'][visit.user.role] && callbacks.some(({ state }) => state === 'dead');
  return html`<div class="card scroll" role="region" aria-label="Callbacks" tabindex="0">
    <table class="rows">
      <thead>
        <tr>
          <th scope="col">Callback</th>
          <th scope="col" class="number">Attempts</th>
          <th scope="col">Next attempt</th>
          <th scope="col">Last answer</th>
          ${mayRetry ? html`<th scope="col">Action</th>` : ''}
        </tr>
      </thead>
      <tbody>
        ${callbacks.map(
          ({ callbackId, attempts, nextAt, lastAnswer }) =>
            html`<tr>
              <th scope="row"><code>${callbackId}</code></th>
              <td class="number">${attempts}</td>
              <td>${nextAt === null ? '–' : nextAt.slice(0, 16).replace('T', ' ')}</td>
              <td>${lastAnswer ?? '–'}</td>
              ${mayRetry ? html`<td>${retryForm(visit, callbackId)}</td>` : ''}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function retryForm({ session }: Visit, callbackId: string): Html {
  return html`<form method="post" action="/callbacks/retry">
    ${hidden(session)}
    <input type="hidden" name="callback" value="${callbackId}" />
    <button aria-label="Try ${callbackId} again">Try again</button>
  </form>`;
}

async function retry(visit: Visit): Promise<Response> {
  const { c, db, user, form, now } = visit;
  await retryCallback(db, user, form.get('callback') ?? '', now());
  return c.redirect('/callbacks?state=due', 303);
}
