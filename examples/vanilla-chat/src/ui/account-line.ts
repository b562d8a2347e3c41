/** The line under a device's name: who is signed in, and the button to sign out; or the accounts that can sign in. */
import { button, element } from './element.ts';

export interface AccountChoice {
  name: string;
  label: string;
}

export function signedInLine({ label }: AccountChoice, signOut: () => void): HTMLElement {
  return element(
    'p',
    { class: 'account-line' },
    element('span', {}, `Account: ${label}`),
    button({ class: 'quiet' }, signOut, 'Sign out'),
  );
}

/** A device without an account: no guard, no check, and nothing can be sent. */
export function signedOutPane(
  { id, name }: { id: string; name: string },
  accounts: readonly AccountChoice[],
  signIn: (account: AccountChoice) => void,
): HTMLElement {
  return element(
    'section',
    { class: 'pane', id, 'aria-labelledby': `${id}-name` },
    element(
      'header',
      { class: 'pane-head' },
      element('span', { class: 'avatar', 'aria-hidden': true }, name.slice(0, 1)),
      element(
        'div',
        {},
        element('h2', { id: `${id}-name` }, `${name}’s device`),
        element('p', { class: 'presence' }, 'Signed out'),
      ),
    ),
    element(
      'p',
      { class: 'account-line' },
      ...accounts.map((account) => button({ class: 'quiet' }, () => signIn(account), `Sign in as ${account.label}`)),
    ),
  );
}
