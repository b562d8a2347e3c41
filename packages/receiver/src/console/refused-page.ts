/** The page that says why a request was refused. Flow: console → here. */
import { html } from 'hono/html';
import { alert, homeOf, page } from './frame.ts';
import type { Html, Visit } from './visit.ts';

export function refusedPage(visit: Visit, message: string): Html {
  const home = homeOf(visit.user.role);
  return page(
    visit,
    'Refused',
    '',
    html`<h1>Refused</h1>
      ${alert(message)}
      <p>Nothing was changed. Go back with your browser, or <a href="${home}">to your first page</a>.</p>`,
  );
}
