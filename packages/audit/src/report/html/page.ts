/**
 * A report as a page for people: promise, how it was tested, what was seen, verdict; then the exhibits and the limits.
 * Promise: one file that needs nothing else and runs nothing; it reads the same on a screen, a phone and paper.
 */
import { type Report, type Verdict, verdictOf } from '../report.ts';
import type { Exhibit } from './section.ts';
import { html, Html } from './html.ts';
import { STYLE } from './style.ts';

const TITLES: Record<Report['command'], string> = {
  ledger: 'What a device’s ledger says',
  sandbox: 'The sandbox: is it the published one?',
  list: 'The signed lists: does everyone get the same?',
  capture: 'What left the device',
  compare: 'Can a match be told from no match?',
  probe: 'Can the sandbox talk?',
};

const WORDS: Record<Verdict, { mark: string; word: string }> = {
  holds: { mark: '✓', word: 'Holds' },
  broken: { mark: '✗', word: 'Does not hold' },
  untested: { mark: '○', word: 'Not tested' },
};

export interface PageOptions {
  exhibits: readonly Exhibit[];
  /** The command line, so that anyone can repeat it. */
  command: string;
}

export function page(report: Report, { exhibits, command }: PageOptions): string {
  const verdict = verdictOf(report);
  const title = TITLES[report.command];
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>${WORDS[verdict].word}: ${title}</title>
        <style>
          ${new Html(STYLE)}
        </style>
      </head>
      <body>
        <header>
          <p class="soft">Lodestone audit · ${report.command}</p>
          <h1>${title}</h1>
          <dl class="about">
            <dt>Looked at</dt>
            <dd>${report.subject}</dd>
            <dt>When</dt>
            <dd><time datetime="${report.at}">${report.at.replace('T', ' ').replace('Z', ' UTC')}</time></dd>
            <dt>To repeat</dt>
            <dd><code>${command}</code></dd>
          </dl>
          <div class="outcome ${verdict}" role="status">
            <strong>${WORDS[verdict].mark} ${WORDS[verdict].word}</strong><span>${summary(report)}</span>
          </div>
        </header>
        <main>
          <section aria-labelledby="claims">
            <h2 id="claims">Promises, one by one</h2>
            ${report.claims.map(claim)}
          </section>
          ${exhibits.map(exhibit)}
          <section aria-labelledby="limits">
            <h2 id="limits">What this test cannot see</h2>
            <ul class="limits">
              ${report.limits.map((limit) => html`<li>${limit}</li>`)}
            </ul>
          </section>
        </main>
        <footer>
          Made by lodestone-audit ${report.tool}. This page is one file: it loads nothing, and runs nothing.
        </footer>
      </body>
    </html> `.text;
}

function summary({ claims }: Report): string {
  const of = (verdict: Verdict): number => claims.filter((one) => one.verdict === verdict).length;
  const parts = [
    `${of('holds')} of ${claims.length} promises hold`,
    ...(of('broken') > 0 ? [`${of('broken')} ${of('broken') === 1 ? 'does' : 'do'} not`] : []),
    ...(of('untested') > 0 ? [`${of('untested')} could not be tested in this run`] : []),
  ];
  return `${parts.join(', ')}.`;
}

function claim({ promise, tested, seen, verdict }: Report['claims'][number]): Html {
  return html`<article class="claim">
    <div class="top">
      <h3>${promise}</h3>
      ${badge(verdict)}
    </div>
    <dl>
      <dt>Tested</dt>
      <dd>${tested}</dd>
      <dt>Seen</dt>
      <dd>${seen}</dd>
    </dl>
  </article> `;
}

function badge(verdict: Verdict): Html {
  return html`<span class="verdict ${verdict}"
    ><span aria-hidden="true">${WORDS[verdict].mark}</span>${WORDS[verdict].word}</span
  >`;
}

function exhibit({ title, about, body }: Exhibit, i: number): Html {
  return html`<section aria-labelledby="exhibit-${i}">
    <h2 id="exhibit-${i}">${title}</h2>
    ${about === undefined ? '' : html`<p>${about}</p> `}${body}
  </section> `;
}
