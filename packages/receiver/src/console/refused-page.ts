/** The pages that say why a request was refused, and that an address leads nowhere. Flow: console → here. */
import { html } from 'hono/html';
import { alert, homeOf, outsidePage, page } from './frame.ts';
import type { Html, Visit } from './visit.ts';

export function refusedPage(visit: Visit, message: string): Html {
  const home = homeOf(visit.user.role);
  const isForm = visit.c.req.method === 'POST';
  const title = isForm ? 'Refused' : 'Nothing to show';
  return page(
    visit,
    title,
    '',
    html`<h1>${title}</h1>
      ${alert(message)}
      <p>
        ${isForm ? 'Nothing was changed. ' : ''}Go back with your browser, or <a href="${home}">to your first page</a>.
      </p>`,
  );
}

/** Says the same with and without a session. */
export function notFoundPage(): Html {
  return outsidePage('Not found', html`<p>There is no such page. Go <a href="/">to your first page</a>.</p>`);
}
