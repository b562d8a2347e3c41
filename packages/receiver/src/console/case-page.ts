/**
 * One case: what matched, as the claim that it is, what was done, and what the user may do now. Flow: case-routes → here.
 * Promise: the page has no content, because the receiver has none, and says what can lawfully follow. Spec: docs/design/receiver.md#console
 */
import type { RecordEntry } from '@lodestone/protocol/case-record';
import type { MatchSignal } from '@lodestone/protocol/signal';
import { toDay } from '@lodestone/protocol/time';
import { html } from 'hono/html';
import type { UserCaseAction } from '../cases/allowed-actions.ts';
import { type CaseEntry, toDate } from '../cases/cases.ts';
import type { CaseFile, CaseProcess, CaseSummary } from '../cases/list-cases.ts';
import type { ListedContest } from '../contests/list-contests.ts';
import { isReportable } from '../exports/export-case.ts';
import { ALLOWED } from './access.ts';
import { actionForms, type Attempted, holdForm, lookupForm } from './case-forms.ts';
import { exportForms } from './export-forms.ts';
import { alert, page } from './frame.ts';
import { badge, due, fact, quote, shortName } from './parts.ts';
import type { Html, Visit } from './visit.ts';

export function casePage(
  visit: Visit,
  { case: shown, actions: record, evidence, notes, contests = [] }: CaseFile,
  actions: readonly UserCaseAction[],
  attempted: Attempted | undefined,
): Html {
  const { caseNo, state } = shown;
  return page(
    visit,
    `Case ${caseNo}`,
    '/cases',
    html`<p class="crumb"><a href="/cases">Cases</a></p>
      <h1>Case ${caseNo} ${badge(state)}</h1>
      ${alert(attempted?.why)} ${facts(shown, visit)} ${'pseudonym' in shown ? warnings(shown) : ''}
      ${evidence ? evidenceSection(evidence) : ''} ${contestSection(contests)}
      ${ALLOWED['review cases'][visit.user.role] ? actionForms(visit, shown, actions, attempted) : ''}
      ${'pseudonym' in shown && ALLOWED['hold cases'][visit.user.role] ? holdForm(visit, shown, attempted) : ''}
      ${
        'pseudonym' in shown && isReportable(shown.state) && ALLOWED['ask look-ups'][visit.user.role]
          ? lookupForm(visit, shown, attempted)
          : ''
      }
      ${'pseudonym' in shown && ALLOWED['export cases'][visit.user.role] ? exportForms(visit, shown) : ''}
      ${recordSection(record, notes)} ${holdNotes(record, notes)}`,
  );
}

function facts(shown: CaseProcess | CaseSummary, { now }: Visit): Html {
  const { holder, openedDay, dueDay } = shown;
  return html`<dl class="facts card">
    ${
      'pseudonym' in shown
        ? html`${fact('Subject', html`<code>${shown.pseudonym}</code>`)}
          ${fact('Order', html`<code>${shown.order.source}:${shown.order.orderId}</code>`)}
          ${fact('Entries with an exact match', `${shown.exactEntries} of ${shown.entries}`)}
          ${fact('Days with a match', shown.days)}`
        : ''
    }
    ${fact('Opened', openedDay)} ${fact('Due', due(dueDay, toDate(toDay(now()))))}
    ${fact('Held by', holder ?? 'nobody')}
    ${'heldDay' in shown && shown.heldDay !== null ? fact('Legal hold since', shown.heldDay) : ''}
  </dl>`;
}

function warnings({ isAboveThreshold, markedDay, state }: CaseSummary): Html {
  return html`${
    isAboveThreshold ? '' : html`<p class="notice">Suppressed entries leave the case below its threshold.</p>`
  }
  ${
    markedDay === null
      ? ''
      : html`<p class="notice">
          On ${markedDay} an entry of it was found withdrawn by its list’s authority, after the
          decision.${state === 'reported' ? ' Tell those to whom it was reported.' : ''}
        </p>`
  }`;
}

const EVIDENCE: Readonly<Record<MatchSignal['evidence'], string>> = {
  exact: 'exact: the file is listed',
  confirmed: 'near, and a model agrees',
  classifier: 'a classifier alone',
};

function evidenceSection({ entries, more }: NonNullable<CaseFile['evidence']>): Html {
  return html`<section aria-labelledby="matched">
    <h2 id="matched">What matched</h2>
    <p class="notice">
      These are claims by the subject’s own device, not proof of content. There is no content to show: the receiver has
      none. What can lawfully follow is to ask the user, a report of the user’s own, or a court’s order for content.
    </p>
    <div class="card scroll" role="region" aria-label="Entries" tabindex="0">
      <table class="rows dense">
        <caption>
          ${entries.length === 1 ? 'One entry' : `${entries.length} entries`}${more > 0 ? html`, and ${more} more` : ''}
        </caption>
        <thead>
          <tr>
            <th scope="col">List or model</th>
            <th scope="col" class="number">Entry</th>
            <th scope="col">Evidence</th>
            <th scope="col">Closest match</th>
            <th scope="col" class="number">Version</th>
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
    ${
      entries.some((each) => strongestOf(each) === 'confirmed')
        ? html`<p class="soft">
            “Near, and a model agrees”: either it is the listed picture, or another picture that the model finds and
            whose hash is near a listed one, by chance or on purpose.
          </p>`
        : ''
    }
  </section>`;
}

/** An entry of a list matches exactly, or nearly and a model confirms it. */
function strongestOf({ kind, exactSignals }: CaseEntry): MatchSignal['evidence'] {
  if (kind !== 'match') return 'classifier';
  return exactSignals > 0 ? 'exact' : 'confirmed';
}

function entryRow(each: CaseEntry): Html {
  const { kind, reference, version, entry, level, isSuppressed, isFlood, firstDay, lastDay, signals } = each;
  return html`<tr>
    <th scope="row"><code title="${reference}">${shortName(reference)}</code></th>
    <td class="number">
      ${kind === 'match' ? entry : '–'}${isSuppressed ? ' (withdrawn)' : ''}${isFlood ? ' (flood)' : ''}
    </td>
    <td>${EVIDENCE[strongestOf(each)]}</td>
    <td>${kind === 'match' ? `${level} of 256 bits differ` : `bucket ${level} of 10`}</td>
    <td class="number">${version ?? '–'}</td>
    <td>${firstDay}</td>
    <td>${lastDay}</td>
    <td class="number">${signals}</td>
  </tr>`;
}

function contestSection(contests: readonly ListedContest[]): Html {
  if (contests.length === 0) return html``;
  return html`<section aria-labelledby="contests">
    <h2 id="contests">What the user wrote</h2>
    ${contests.map(
      ({ contestNo, receivedDay, dueDay, outcome, text, answer }) =>
        html`<article class="card pad">
          <h3>Contest ${contestNo}</h3>
          <p class="soft">Received ${receivedDay}, an answer is due ${dueDay}. Outcome: ${outcome ?? 'none yet'}.</p>
          ${quote(text)}
          ${
            answer === null
              ? ''
              : html`<p>Answered:</p>
                  ${quote(answer)}`
          }
        </article>`,
    )}
  </section>`;
}

function recordSection(record: readonly RecordEntry[], notes: CaseFile['notes']): Html {
  return html`<section aria-labelledby="record">
    <h2 id="record">What was done</h2>
    ${
      record.length === 0
        ? html`<p class="card empty">Nobody has acted on it.</p>`
        : html`<ol class="card record">
            ${record.map((entry) => recordItem(entry, notes?.get(entry.seq)))}
          </ol>`
    }
  </section>`;
}

function recordItem(entry: RecordEntry, note: string | undefined): Html {
  const change = entry.type === 'case' && entry.before !== entry.after ? html`, now ${badge(entry.after)}` : '';
  return html`<li>
    <p>
      <time datetime="${entry.time}">${entry.time.slice(0, 16).replace('T', ' ')}</time>
      <strong>${entry.actor}</strong> (${entry.role}):
      ${entry.action}${'reason' in entry ? ` (${entry.reason})` : ''}${change}
    </p>
    ${note === undefined ? '' : quote(note)}
  </li>`;
}

/** Notes of no action on the case are those of its legal holds. */
function holdNotes(record: readonly RecordEntry[], notes: CaseFile['notes']): Html {
  const actions = new Set(record.map(({ seq }) => seq));
  const ofHolds = [...(notes ?? [])].filter(([seq]) => !actions.has(seq));
  if (ofHolds.length === 0) return html``;
  return html`<h3>About its legal holds</h3>
    ${ofHolds.map(([, note]) => quote(note))}`;
}
