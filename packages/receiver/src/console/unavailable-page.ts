/** The page that a person gets while the database is away or hangs. Flow: console → here. Spec: docs/design/receiver.md#faults */
import { html } from 'hono/html';
import { alert, outsidePage } from './frame.ts';
import type { Html } from './visit.ts';

/** @param method POST if something was sent: it can still be stored, once the database answers */
export function unavailablePage(method: string): Html {
  const next =
    method === 'POST'
      ? html`<p>
          What you sent may be stored or not. Wait a minute and <a href="/">open the console again</a>: look at the case
          first, then repeat what is missing.
        </p>`
      : html`<p>Wait a minute, then load this page again.</p>`;
  return outsidePage('The database does not answer', html`${alert('This page cannot be shown now.')} ${next}`);
}
