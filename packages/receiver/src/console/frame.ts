/** What every page of the console has: head, navigation, footer. `html` escapes every value. Flow: pages → here. Spec: docs/design/receiver.md#console */
import type { Role } from '@lodestone/protocol/case-review';
import { html } from 'hono/html';
import { ALLOWED, type ConsoleAction } from './access.ts';
import { formToken, type Html, type Visit } from './visit.ts';

interface Section {
  path: string;
  title: string;
  action: ConsoleAction;
}
const SECTIONS: readonly Section[] = [
  { path: '/cases', title: 'Cases', action: 'see cases' },
  { path: '/contests', title: 'Contests', action: 'see contests' },
  { path: '/floods', title: 'Floods', action: 'see floods' },
  { path: '/overview', title: 'Overview', action: 'see figures' },
  { path: '/users', title: 'Users', action: 'manage users' },
  { path: '/lookups', title: 'Look-ups', action: 'see look-ups' },
  { path: '/callbacks', title: 'Callbacks', action: 'see callbacks' },
  { path: '/report', title: 'Report', action: 'write the report' },
  { path: '/record', title: 'Record', action: 'export the record' },
];

/** The first page of a role. */
export function homeOf(role: Role): string {
  return sectionsOf(role)[0]?.path ?? '/account';
}

const sectionsOf = (role: Role): Section[] => SECTIONS.filter(({ action }) => ALLOWED[action][role]);

/** @param at path of the section to which the page belongs */
export function page({ user, session }: Visit, title: string, at: string, content: Html): Html {
  const links = sectionsOf(user.role).map(
    ({ path, title: name }) =>
      html`<li><a href="${path}" ${at === path ? html`aria-current="page"` : ''}>${name}</a></li>`,
  );
  return document(
    title,
    html`<a class="skip" href="#content">Skip to the content</a>
      <header class="top">
        <div class="bar">
          ${brand()}
          <nav aria-label="Sections">
            <ul>
              ${links}
            </ul>
          </nav>
          <form class="who" method="post" action="/sign-out">
            ${hidden(session)}
            <span>${user.name} <small>${user.role}</small></span>
            <button class="quiet">Sign out</button>
          </form>
        </div>
      </header>
      <main id="content" tabindex="-1">${content}</main>
      <footer>
        <p>
          A signal is a claim by the subject’s own device, not proof of content. The receiver has no content and no
          accounts: only the account service can map a pseudonym to an account.
        </p>
      </footer>`,
  );
}

/** A page without a session. */
export function outsidePage(title: string, content: Html): Html {
  return document(
    title,
    html`<header class="top"><div class="bar">${brand()}</div></header>
      <main class="narrow">
        <h1>${title}</h1>
        ${content}
      </main>`,
  );
}

/** The form's proof that it belongs to the session. */
export function hidden(session: string): Html {
  return html`<input type="hidden" name="token" value="${formToken(session)}" />`;
}

/** Why something was refused, where a screen reader says it first. */
export function alert(message: string | undefined): Html {
  return message === undefined ? html`` : html`<p class="notice stop" role="alert">${message}</p>`;
}

function brand(): Html {
  return html`<a class="brand" href="/"
    ><svg width="22" height="22" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path
        fill="none"
        stroke="currentColor"
        stroke-width="3.4"
        d="M5.5 3.5v8.2a6.5 6.5 0 0 0 13 0V3.5M3.8 8h3.4M16.8 8h3.4"
      /></svg
    >Lodestone <span>receiver</span></a
  >`;
}

function document(title: string, content: Html): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Lodestone receiver</title>
        <link rel="stylesheet" href="/console.css" />
      </head>
      <body>
        ${content}
      </body>
    </html>`;
}
