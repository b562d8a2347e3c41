/** The console's pages without a session: sign-in, and the set-up behind a one-time link. Flow: console → here. Spec: docs/design/receiver.md#sign-in */
import { html, raw } from 'hono/html';
import { renderSVG } from 'uqr';
import type { OpenLink } from '../users/links.ts';
import { totpSetUp } from '../users/totp.ts';
import { alert, outsidePage } from './frame.ts';
import type { Html } from './visit.ts';

export function signInPage(message?: string): Html {
  return outsidePage(
    'Sign in',
    html`${alert(message)}
      <form class="card stack" method="post" action="/sign-in">
        <label
          >Name<input name="name" autocomplete="username" autocapitalize="none" spellcheck="false" required
        /></label>
        <label>Passphrase<input name="passphrase" type="password" autocomplete="current-password" required /></label>
        ${codeField()}
        <p><button class="primary">Sign in</button></p>
      </form>
      <p class="soft">No passphrase yet, or lost it? An administrator makes a one-time link for you.</p>`,
  );
}

/** A form, because a program that previews the link must not use it up. */
export function linkPage(token: string, link: OpenLink, message?: string): Html {
  return link.kind === 'trial' ? trialPage(token, link) : setUpPage(token, link, message);
}

function trialPage(token: string, { name }: OpenLink): Html {
  return outsidePage(
    'Sign in',
    html`<form class="card stack" method="post" action="/link">
      <input type="hidden" name="link" value="${token}" />
      <p>This receiver runs for a trial. The link signs one browser in as <strong>${name}</strong>, once.</p>
      <p><button class="primary">Sign in</button></p>
    </form>`,
  );
}

function setUpPage(token: string, { name, totpSecret }: OpenLink, message?: string): Html {
  const { uri, base32 } = totpSetUp(totpSecret, name);
  return outsidePage(
    'Set up your sign-in',
    html`${alert(message)}
      <p>You are <strong>${name}</strong>. From now on you sign in with a passphrase and a code.</p>
      <form class="card stack" method="post" action="/link">
        <input type="hidden" name="link" value="${token}" />
        <input type="hidden" name="name" value="${name}" autocomplete="username" />
        <label
          >Passphrase
          <small>12 characters or more; some words that you use nowhere else</small>
          <input name="passphrase" type="password" autocomplete="new-password" minlength="12" maxlength="256" required
        /></label>
        <label>Passphrase again<input name="again" type="password" autocomplete="new-password" required /></label>
        <div class="qr">
          <div role="img" aria-label="QR code for your authenticator">${raw(renderSVG(uri, { border: 2 }))}</div>
          <p>
            Scan the picture with an authenticator app, or type this key there:
            <code class="key">${base32.replaceAll(/(.{4})(?=.)/g, '$1 ')}</code>
          </p>
        </div>
        ${codeField()}
        <p><button class="primary">Save and sign in</button></p>
      </form>`,
  );
}

export function endedLinkPage(): Html {
  return outsidePage(
    'This link does not work any more',
    html`<p>
      It was used, has ended, or was replaced by a newer one. <a href="/sign-in">Sign in</a>, or ask an administrator
      for a new one.
    </p>`,
  );
}

function codeField(): Html {
  return html`<label
    >Code
    <small>six digits, from your authenticator</small>
    <input name="code" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9]{6}" maxlength="6" required
  /></label>`;
}
