/** "Contest this" in the notice of a signal: a text goes to the people who decide, and their answer comes back under the receipt. */
import type { Contests, Outcome } from '../contest.ts';
import { button, element } from './element.ts';

/** As the receiver accepts it. */
const TEXT_CHARS = 2_000;

const SENTENCES: Readonly<Record<Outcome['outcome'], string>> = {
  upheld: 'The decision stands.',
  overturned: 'The decision was overturned.',
  dismissed: 'Nothing follows from this signal.',
  'no-decision': 'Nobody has decided anything because of this signal.',
};

export function contestForm(receipt: string, contests: Contests): HTMLElement {
  const text = element('textarea', { rows: 3, maxlength: TEXT_CHARS, required: true });
  const send = element('button', { type: 'submit' }, 'Send');
  const state = element('p', { role: 'status' });
  const ask = button(
    { hidden: true },
    () =>
      void telling(state, async () => {
        const result = await contests.outcome(receipt);
        return result ? `${SENTENCES[result.outcome]} ${result.answer ?? ''}`.trim() : 'There is no answer yet.';
      }),
    'Is there an answer?',
  );
  const form = element('form', {}, element('label', {}, 'Why this is wrong', text), send);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    send.disabled = true;
    void telling(state, async () => {
      const due = await contests.contest(receipt, text.value);
      form.hidden = true;
      ask.hidden = false;
      return `It was passed on. There is an answer by ${due}, under the receipt: keep it.`;
    }).finally(() => (send.disabled = false));
  });
  return element('details', { class: 'contest' }, element('summary', {}, 'Contest this'), form, state, ask);
}

/** Shows what the work says, or that it failed. */
async function telling(state: HTMLElement, work: () => Promise<string>): Promise<void> {
  state.textContent = await work().catch(() => 'The account service does not answer. Try again later.');
}
