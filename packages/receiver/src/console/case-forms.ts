/** Forms of the actions that a user may take on a case now. Flow: case-page → here. Spec: docs/design/receiver.md#console */
import type { HoldAction } from '@lodestone/protocol/case-record';
import {
  CASE_REASONS,
  type CaseAction,
  type CaseReason,
  type CaseState,
  REASONED_ACTIONS,
} from '@lodestone/protocol/case-review';
import { html } from 'hono/html';
import { ANSWERING, NEEDS_TEXT } from '../cases/act.ts';
import type { UserCaseAction } from '../cases/allowed-actions.ts';
import type { CaseProcess, CaseSummary } from '../cases/list-cases.ts';
import { hidden } from './frame.ts';
import { keyField } from './lookups-page.ts';
import type { Html, Visit } from './visit.ts';

/** An action that was refused, with what the user typed. */
export interface Attempted {
  action: UserCaseAction | HoldAction | 'lookup';
  text?: string | undefined;
  answer?: string | undefined;
  reason?: CaseReason | undefined;
  why: string;
}

interface Words {
  title: string;
  /** What it does. */
  about: string;
}

const WORDS: Readonly<Record<UserCaseAction, Words>> = {
  open: { title: 'Open', about: 'Make it a case that people review.' },
  take: { title: 'Take', about: 'Review it; nobody else can, until you decide or release it.' },
  release: { title: 'Release', about: 'Stop reviewing it without a decision.' },
  confirm: { title: 'Confirm', about: 'Decide that the case is what it seems. Two different people have to.' },
  dismiss: { title: 'Dismiss', about: 'Decide that nothing follows. Retention may delete the case at once.' },
  report: { title: 'Note a report', about: 'Note that a report was filed. The receiver files none.' },
  contest: { title: 'Note a contest', about: 'Somebody contests the decision in another way than by receipt.' },
  uphold: { title: 'Uphold', about: 'Judge the contest: the decision stands.' },
  overturn: { title: 'Overturn', about: 'Judge the contest: the decision does not stand.' },
  note: { title: 'Add a note', about: 'For those who review. It is not in the record.' },
};

const REASONS: Readonly<Record<CaseReason, string>> = {
  'entry-withdrawn': 'the list’s authority withdrew the entry',
  'wrong-match': 'what the user or a court showed is not the listed content',
  'account-misused': 'somebody else used the account',
  'lawful-purpose': 'a lawful purpose, for example of a hotline',
  'technical-error': 'a test, a defect, or a forged signal',
  'not-enough': 'the evidence does not justify a decision against the user',
};

/** What a user reads in a state in which the rules leave them no step. */
const LAST_STEP: Readonly<Partial<Record<CaseState, string>>> = {
  proposed: 'Only a lead can open a proposal.',
  'confirmed-once': 'Somebody else has to confirm or dismiss it.',
  contested: 'Somebody who took no part in the decision has to judge the contest.',
  confirmed: 'It is decided. A lead can note that a report was filed.',
  reported: 'It is decided, and a report was filed.',
  dismissed: 'It is decided: nothing follows.',
  upheld: 'It is decided: the contest changed nothing.',
  overturned: 'It is decided: nothing follows, unless a lead opens a case whose dismissal was overturned.',
};

export function actionForms(
  visit: Visit,
  { caseNo, state, holder }: CaseProcess,
  actions: readonly UserCaseAction[],
  attempted: Attempted | undefined,
): Html {
  const onlyNotes = actions.every((action) => action === 'note');
  return html`<section aria-labelledby="act">
    <h2 id="act">What you can do now</h2>
    ${
      onlyNotes
        ? html`<p class="soft">
            ${
              holder !== null && holder !== visit.user.name
                ? `${holder} reviews this case.`
                : (LAST_STEP[state] ?? 'The next step is somebody else’s.')
            }
          </p>`
        : ''
    }
    <div class="acts">${actions.map((action) => actionForm(visit, caseNo, action, attempted))}</div>
  </section>`;
}

function actionForm(visit: Visit, caseNo: number, action: UserCaseAction, attempted: Attempted | undefined): Html {
  const { title, about } = WORDS[action];
  const tried = attempted?.action === action ? attempted : undefined;
  const needsText = NEEDS_TEXT.includes(action);
  return html`<details class="card" name="act" ${tried ? html`open` : ''}>
    <summary>${title}</summary>
    <form class="stack" method="post" action="/cases/${caseNo}/${action}">
      ${hidden(visit.session)}
      <p>${about}</p>
      ${isReasoned(action) ? reasonField(tried?.reason) : ''}
      ${textField(needsText ? 'Note' : 'Note (optional)', 'text', tried?.text, needsText)}
      ${
        ANSWERING.includes(action)
          ? textField('Answer for a user who contested by receipt, if somebody did', 'answer', tried?.answer, false)
          : ''
      }
      <p><button class="primary">${title}</button></p>
    </form>
  </details>`;
}

export function holdForm(visit: Visit, { caseNo, heldDay }: CaseSummary, attempted: Attempted | undefined): Html {
  const action = heldDay === null ? 'hold' : 'unhold';
  const tried = attempted?.action === action ? attempted : undefined;
  return html`<section aria-labelledby="hold">
    <h2 id="hold">Legal hold</h2>
    <details class="card" ${tried ? html`open` : ''}>
      <summary>${heldDay === null ? 'Hold this case' : 'End the hold'}</summary>
      <form class="stack" method="post" action="/cases/${caseNo}/${action}">
        ${hidden(visit.session)}
        <p>
          ${
            heldDay === null
              ? 'Nothing deletes or erases the case, until the hold ends.'
              : 'Retention and erasure apply to the case again.'
          }
        </p>
        ${textField('Which request or proceedings', 'text', tried?.text, true)}
        <p><button class="primary">${heldDay === null ? 'Hold' : 'End the hold'}</button></p>
      </form>
    </details>
  </section>`;
}

/** Asks whose pseudonym it is; the key is not typed again into the form after a refusal. */
export function lookupForm({ session }: Visit, { caseNo }: CaseSummary, attempted: Attempted | undefined): Html {
  const tried = attempted?.action === 'lookup' ? attempted : undefined;
  return html`<section aria-labelledby="lookup">
    <h2 id="lookup">Account</h2>
    <details class="card" ${tried ? html`open` : ''}>
      <summary>Ask for a look-up</summary>
      <form class="stack" method="post" action="/cases/${caseNo}/lookup">
        ${hidden(session)}
        <p>
          The receiver knows no account. This asks the account service whose pseudonym it is, with your signature; an
          auditor or administrator signs as well, under <a href="/lookups">Look-ups</a>.
        </p>
        ${textField('Why the account has to be known. Who signs and the account service read it; name no person', 'reason', tried?.text, true)}
        ${keyField()}
        <p><button class="primary">Ask</button></p>
      </form>
    </details>
  </section>`;
}

const isReasoned = (action: CaseAction): boolean => (REASONED_ACTIONS as readonly CaseAction[]).includes(action);

function reasonField(chosen: CaseReason | undefined): Html {
  return html`<label
    >Reason <small>It is in the record.</small>
    <select name="reason" required>
      <option value="">choose one</option>
      ${CASE_REASONS.map(
        (reason) =>
          html`<option value="${reason}" ${reason === chosen ? html`selected` : ''}>${REASONS[reason]}</option>`,
      )}
    </select></label
  >`;
}

function textField(title: string, name: string, value: string | undefined, isRequired: boolean): Html {
  return html`<label
    >${title}<textarea name="${name}" rows="3" maxlength="2000" ${isRequired ? html`required` : ''}>
${value ?? ''}</textarea>
  </label>`;
}
