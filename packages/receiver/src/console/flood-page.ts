/**
 * One entry in a flood: how many match it, what is held back and why, what was decided, and what a lead can decide. Flow: flood-routes → here.
 * Promise: an auditor reads the decisions and their reasons, and neither entry nor text. Spec: docs/design/receiver.md#floods
 */
import { FLOOD_REASONS, type FloodAction, type FloodReason } from '@lodestone/protocol/case-record';
import { DAY_MS, type Day } from '@lodestone/protocol/time';
import { html } from 'hono/html';
import { toDate } from '../cases/cases.ts';
import type { FloodAges } from '../floods/ages.ts';
import type { FloodDay } from '../floods/figures.ts';
import type { Flood, FloodDecision, FloodProcess } from '../floods/list.ts';
import { allowedFloodActions } from '../floods/rules.ts';
import { ALLOWED } from './access.ts';
import { columnChart } from './charts.ts';
import { floodBadge, heldBack } from './floods-page.ts';
import { alert, hidden, page } from './frame.ts';
import { fact, quote } from './parts.ts';
import type { Html, Visit } from './visit.ts';

/** Days of the chart. */
const FLOOD_DAYS = 30;

/** A decision that was refused, with what the user typed. */
export interface AttemptedFlood {
  action: FloodAction;
  reason: FloodReason | undefined;
  text: string | undefined;
  why: string;
}

interface FloodData {
  flood: FloodProcess | Flood;
  decisions: readonly FloodDecision[];
  byDay: readonly FloodDay[];
  /** Undefined without a list of young accounts. */
  ages: FloodAges | undefined;
}

export function floodPage(
  visit: Visit,
  { flood, decisions, byDay, ages }: FloodData,
  attempted?: AttemptedFlood,
): Html {
  const isSeen = 'entry' in flood;
  return page(
    visit,
    `Flood ${flood.floodNo}`,
    '/floods',
    html`<p class="crumb"><a href="/floods">Floods</a></p>
      <h1>Flood ${flood.floodNo} ${floodBadge(flood.state)}</h1>
      ${alert(attempted?.why)} ${facts(flood)} ${isSeen ? heldSection(flood) : ''} ${isSeen ? ageNote(ages) : ''}
      ${isSeen ? dayChart(visit, byDay) : ''}
      ${isSeen && ALLOWED['decide floods'][visit.user.role] ? decisionForms(visit, flood, attempted) : ''}
      ${decisionSection(decisions)}`,
  );
}

function facts(flood: FloodProcess | Flood): Html {
  return html`<dl class="facts card">
    ${
      'entry' in flood
        ? html`${fact(flood.kind === 'match' ? 'List' : 'Model', html`<code>${flood.reference}</code>`)}
          ${flood.kind === 'match' ? fact('Entry', String(flood.entry)) : ''}`
        : ''
    }
    ${fact('In quarantine since', flood.sinceDay)} ${fact('Subjects in the two days before', flood.subjects)}
    ${
      'entry' in flood
        ? html`${fact('Subjects now', flood.now.subjects)} ${fact('Signals now', flood.now.signals)}
          ${fact('Of these, exact', flood.now.exactSignals)} ${fact('Days with signals', flood.now.days)}
          ${fact('Undecided cases with it', flood.now.cases)}`
        : ''
    }
  </dl>`;
}

function heldSection(flood: Flood): Html {
  if (flood.state === 'released')
    return html`<p class="notice">
      Nothing is held back: a lead released the entry. It is quarantined again if ten times as many subjects match it.
    </p>`;
  const held = heldBack(flood);
  return html`<section aria-labelledby="held">
    <h2 id="held">What is held back, and why</h2>
    <p class="notice">
      ${held === 1 ? 'One signal' : `${held.toLocaleString('en')} signals`} on this entry ${held === 1 ? 'is' : 'are'}
      held back: near matches that a model confirmed, or a classifier’s. They are stored, count towards no threshold and
      open no case, because at least ten times as many subjects as usual matched the entry within two days: it may be
      wrong, or one file may have been spread on purpose. ${flood.now.exactSignals.toLocaleString('en')} exact
      ${flood.now.exactSignals === 1 ? 'match counts' : 'matches count'} and
      ${flood.now.exactSignals === 1 ? 'is' : 'are'} marked in the cases.
    </p>
  </section>`;
}

/** Many new accounts at once are often one person's. */
function ageNote(ages: FloodAges | undefined): Html {
  if (!ages)
    return html`<p class="soft">
      The list of young accounts is not configured, so this page does not say how old the accounts are.
    </p>`;
  const { day, ageDays, subjects, older } = ages;
  return html`<p class="notice">
    Of ${subjects.toLocaleString('en')} subjects until ${day},
    ${
      older === null
        ? `how many had an account of ${ageDays} days or older is not shown: they, or the others, are fewer than 10.`
        : `${older.toLocaleString('en')} had an account of ${ageDays} days or older.`
    }
  </p>`;
}

function dayChart({ now }: Visit, days: readonly FloodDay[]): Html {
  const today = Math.floor(now() / DAY_MS);
  const counts = new Map(days.map(({ day, signals }) => [day, signals]));
  const bars = Array.from({ length: FLOOD_DAYS }, (_, i) => {
    const day = (today - FLOOD_DAYS + 1 + i) as Day;
    return { label: toDate(day), count: counts.get(day) ?? 0 };
  });
  return columnChart('by-day', 'Signals on it by day of arrival', bars, ['Day', 'Signals']);
}

const WORDS: Readonly<Record<FloodAction, { title: string; button: string; about: string }>> = {
  'question-entry': {
    title: 'Ask the list’s authority',
    button: 'Save the request',
    about:
      'Your browser saves a file that asks whether to suppress the entry. Nothing is sent, and the entry stays in quarantine. Open this page again afterwards: it shows the new state.',
  },
  'keep-entry': {
    title: 'Keep it in quarantine',
    button: 'Keep it',
    about: 'What is not exact stays held back. You can still ask the authority, or release it.',
  },
  'release-entry': {
    title: 'Release it',
    button: 'Release it',
    about: 'The entry counts again, also with what was held back, until ten times as many subjects match it.',
  },
};

const REASONS: Readonly<Record<FloodReason, string>> = {
  'entry-doubtful': 'innocent content seems to match the entry',
  'spread-on-purpose': 'one file was spread, or accounts signalled, on purpose',
  'technical-error': 'a test, a defect, or forged signals',
  'not-known': 'it is not known yet why so many match',
  'authority-confirmed': 'the list’s authority confirmed the entry',
  'real-spread': 'the listed content is spreading',
};

function decisionForms(visit: Visit, flood: Flood, attempted: AttemptedFlood | undefined): Html {
  const actions = allowedFloodActions(flood);
  return html`<section aria-labelledby="act">
    <h2 id="act">What you can decide</h2>
    ${actions.length === 0 ? html`<p class="soft">Nothing is in question until it is in a flood again.</p>` : ''}
    <div class="acts">
      ${actions.map((action) => decisionForm(visit, flood, action, attempted))}
      ${flood.state === 'questioned' ? againForm(visit, flood) : ''}
    </div>
  </section>`;
}

function decisionForm(
  { session }: Visit,
  { floodNo }: Flood,
  action: FloodAction,
  attempted: AttemptedFlood | undefined,
): Html {
  const { title, button, about } = WORDS[action];
  const tried = attempted?.action === action ? attempted : undefined;
  return html`<details class="card" name="act" ${tried ? html`open` : ''}>
    <summary>${title}</summary>
    <form class="stack" method="post" action="/floods/${floodNo}/${action}">
      ${hidden(session)}
      <p>${about}</p>
      <label
        >Reason <small>It is in the record.</small>
        <select name="reason" required>
          <option value="">choose one</option>
          ${FLOOD_REASONS.map(
            (reason) =>
              html`<option value="${reason}" ${reason === tried?.reason ? html`selected` : ''}>
                ${REASONS[reason]}
              </option>`,
          )}
        </select></label
      >
      <label
        >Note
        <small>For those who review; it is not in the record. Name no subject: it is kept as long as the flood.</small>
        <textarea name="text" rows="3" maxlength="2000" required>${tried?.text ?? ''}</textarea>
      </label>
      <p><button class="primary">${button}</button></p>
    </form>
  </details>`;
}

function againForm({ session }: Visit, { floodNo }: Flood): Html {
  return html`<div class="card">
    <form class="stack" method="post" action="/floods/${floodNo}/feedback">
      ${hidden(session)}
      <p>The authority was asked. If the file was lost, save it again.</p>
      <p><button>Save the request again</button></p>
    </form>
  </div>`;
}

function decisionSection(decisions: readonly FloodDecision[]): Html {
  return html`<section aria-labelledby="record">
    <h2 id="record">What was decided</h2>
    ${
      decisions.length === 0
        ? html`<p class="card empty">Nobody has decided about it.</p>`
        : html`<ol class="card record">
            ${decisions.map(
              ({ entry, text }) =>
                html`<li>
                  <p>
                    <time datetime="${entry.time}">${entry.time.slice(0, 16).replace('T', ' ')}</time>
                    <strong>${entry.actor}</strong> (${entry.role}):
                    ${entry.action}${'reason' in entry ? ` (${entry.reason})` : ''}${
                      'cases' in entry ? `, with ${entry.cases} undecided cases` : ''
                    }
                  </p>
                  ${text === undefined ? '' : quote(text)}
                </li>`,
            )}
          </ol>`
    }
  </section>`;
}
