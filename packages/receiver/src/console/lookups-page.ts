/** Look-ups that people ask for: which wait for a second signature, and which can be handed to the account service. Flow: lookup-routes → here. Promise: no page names the subject. Spec: docs/design/contracts.md#look-up */
import { LOOKUP_DAYS } from '@lodestone/protocol/lookup';
import { html } from 'hono/html';
import { type ListedLookup, LOOKUP_STATES, type LookupState } from '../lookups/requests.ts';
import { ALLOWED } from './access.ts';
import { hidden, page } from './frame.ts';
import { pager, quote } from './parts.ts';
import type { Html, Visit } from './visit.ts';

export const LOOKUPS_PAGE = 50;

export interface LookupSearch {
  /** Undefined for all. */
  state: LookupState | undefined;
  after: number | undefined;
}

const TITLES: Readonly<Record<LookupState | 'all', string>> = {
  waiting: 'Waiting for a signature',
  signed: 'Signed',
  ended: 'Ended',
  all: 'All',
};
const TONES: Readonly<Record<LookupState, 'ask' | 'clear' | 'quiet'>> = {
  waiting: 'ask',
  signed: 'clear',
  ended: 'quiet',
};

export function lookupsPage(visit: Visit, { state, after }: LookupSearch, lookups: readonly ListedLookup[]): Html {
  const view = state ?? 'all';
  const last = lookups.length === LOOKUPS_PAGE ? lookups.at(-1)?.lookupNo : undefined;
  return page(
    visit,
    'Look-ups',
    '/lookups',
    html`<h1>Look-ups</h1>
      <p class="soft">
        Requests to learn whose pseudonym a confirmed case has. A reviewer or lead asks on the page of the case; an
        auditor or administrator signs as well. Only the account service answers the signed file, to a person of its
        own, within ${LOOKUP_DAYS} days. Every step is in the record.
      </p>
      <ul class="chips" aria-label="Which look-ups">
        ${[...LOOKUP_STATES, 'all' as const].map(
          (each) =>
            html`<li>
              <a href="/lookups?view=${each}" ${each === view ? html`aria-current="true"` : ''}>${TITLES[each]}</a>
            </li>`,
        )}
      </ul>
      ${
        lookups.length === 0
          ? html`<p class="card empty below">None.</p>`
          : html`<div class="below">${lookups.map((each) => lookupCard(visit, each))}</div>`
      }
      ${pager(`/lookups?view=${view}`, { isFirst: after === undefined, last })}`,
  );
}

function lookupCard(visit: Visit, lookup: ListedLookup): Html {
  const { lookupNo, caseNo, state, reason, askedBy, askedRole, signedBy, signedRole, endsAt } = lookup;
  const { role } = visit.user;
  const ofCase = ALLOWED['see cases'][role] ? html`<a href="/cases/${caseNo}">case ${caseNo}</a>` : `case ${caseNo}`;
  return html`<article class="card pad">
    <h2>Look-up ${lookupNo} of ${ofCase} <span class="badge ${TONES[state]}">${state}</span></h2>
    <p class="soft">
      ${askedBy} (${askedRole}) asked.
      ${signedBy === null ? 'Nobody signed as well.' : `${signedBy} (${signedRole}) signed as well.`}
      ${state === 'ended' ? 'It ended' : 'It ends'} at ${endsAt.slice(0, 16).replace('T', ' ')} UTC.
    </p>
    ${quote(reason)} ${state === 'waiting' && ALLOWED['sign look-ups'][role] ? signForm(visit, lookup) : ''}
    ${state === 'signed' && ALLOWED['ask look-ups'][role] ? saveForm(visit, lookup) : ''}
  </article>`;
}

function signForm({ session }: Visit, { lookupNo, caseNo }: ListedLookup): Html {
  return html`<details>
    <summary>Sign look-up ${lookupNo}</summary>
    <form class="stack" method="post" action="/lookups/${lookupNo}/sign">
      ${hidden(session)}
      <p>
        You confirm that the procedure was followed and that the reason justifies it. The request also has the subject
        of case ${caseNo}, which you do not see.
      </p>
      ${keyField()}
      <p><button class="primary">Sign</button></p>
    </form>
  </details>`;
}

function saveForm({ session }: Visit, { lookupNo }: ListedLookup): Html {
  return html`<form method="post" action="/lookups/${lookupNo}/save">
    ${hidden(session)}
    <p>Give the signed file to the account service, and to nobody else: it names the pseudonym.</p>
    <p><button>Save look-up ${lookupNo}</button></p>
  </form>`;
}

/** A password field: browsers neither show nor remember it as text. */
export function keyField(): Html {
  return html`<label
    >Your key
    <small
      >The 64 hex digits of your own key, as <code>lodestone-receiver lookups key</code> wrote them. Used for this one
      signature; not stored.</small
    >
    <input name="key" type="password" required maxlength="1000" autocomplete="off" spellcheck="false" />
  </label>`;
}
