/** The console's pages without data: the form of a one-time link, and the page without a session. Spec: docs/design/receiver.md#console. */
import { html } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';

type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

/** A form, because a program that previews the link must not use it up. */
export function signInPage(link: string): Html {
  return frame(
    'Sign in',
    html`<form method="post" action="/sign-in">
      <input type="hidden" name="link" value="${link}" />
      <p>The link works once, within 10 minutes after the receiver printed it.</p>
      <p><button>Sign in to the console</button></p>
    </form>`,
  );
}

export function signedOutPage(why: string): Html {
  return frame(
    'Not signed in',
    html`<p>${why}</p>
      <p>
        Open the link that the receiver printed when it started. For a new link, restart the receiver or send its
        process the signal <code>SIGUSR2</code>.
      </p>`,
  );
}

function frame(title: string, content: Html): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Lodestone receiver</title>
        <link rel="stylesheet" href="/console.css" />
      </head>
      <body>
        <header><h1>Lodestone receiver</h1></header>
        <main>
          <h2>${title}</h2>
          <div class="card empty">${content}</div>
        </main>
      </body>
    </html>`;
}
