/**
 * A report as a page for people: each claim with its test, result and status, then the report sections and the limits.
 * Promise: one file that loads nothing and runs nothing, and reads the same on a screen, a phone and paper.
 * Spec: docs/design/audit.md#claims
 */
import type { Presentation } from '../format.ts';
import { type ClaimStatus, type Report, statusOf } from '../report.ts';
import { html, Html } from './html.ts';
import type { Section } from './section.ts';
import { STYLE } from './style.ts';

const LABELS: Record<ClaimStatus, { mark: string; label: string }> = {
  pass: { mark: '✓', label: 'Pass' },
  fail: { mark: '✗', label: 'Fail' },
  'not-tested': { mark: '○', label: 'Not tested' },
};

export function page(report: Report, { title, sections, commandLine }: Presentation): string {
  const status = statusOf(report);
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>${headline(report)}: ${title}</title>
        <style>
          ${new Html(STYLE)}
        </style>
      </head>
      <body>
        <header>
          <p class="soft">Lodestone audit · ${report.command}</p>
          <h1>${title}</h1>
          <dl class="about">
            <dt>Audited</dt>
            <dd>${report.subject}</dd>
            <dt>When</dt>
            <dd><time datetime="${report.at}">${report.at.replace('T', ' ').replace('Z', ' UTC')}</time></dd>
            <dt>Command</dt>
            <dd><code>${commandLine}</code></dd>
          </dl>
          ${report.caveat === '' ? '' : html`<p class="caveat"><strong>Read this first.</strong> ${report.caveat}</p> `}
          <div class="outcome ${status}" role="status">
            <strong>${LABELS[status].mark} ${headline(report)}</strong><span>${summary(report)}</span>
          </div>
        </header>
        <main>
          <section aria-labelledby="claims">
            <h2 id="claims">Claims</h2>
            ${report.claims.map(claim)}
          </section>
          ${sections.map(section)}
          <section aria-labelledby="limits">
            <h2 id="limits">What this test cannot detect</h2>
            <ul class="limits">
              ${report.limits.map((limit) => html`<li>${limit}</li>`)}
            </ul>
          </section>
        </main>
        <footer>
          Made by lodestone-audit ${report.tool}. This page is one file. It loads nothing and runs nothing.
        </footer>
      </body>
    </html> `.text;
}

/** A plain "Pass" would cover also what was not tested. */
function headline(report: Report): string {
  const status = statusOf(report);
  const part = status === 'pass' && report.claims.some((one) => one.status === 'not-tested');
  return part ? `${LABELS.pass.label}, as far as tested` : LABELS[status].label;
}

function summary({ claims }: Report): string {
  const of = (status: ClaimStatus): number => claims.filter((one) => one.status === status).length;
  const parts = [
    `${of('pass')} of ${claims.length} claims pass`,
    ...(of('fail') > 0 ? [`${of('fail')} ${of('fail') === 1 ? 'fails' : 'fail'}`] : []),
    ...(of('not-tested') > 0 ? [`${of('not-tested')} could not be tested in this run`] : []),
  ];
  return `${parts.join(', ')}.`;
}

function claim({ id, title, tested, result, status }: Report['claims'][number]): Html {
  return html`<article class="claim">
    <div class="top">
      <h3>${title}</h3>
      ${badge(status)}
    </div>
    <dl>
      <dt>Test</dt>
      <dd>${tested}</dd>
      <dt>Result</dt>
      <dd>${result}</dd>
      <dt>Claim id</dt>
      <dd><code>${id}</code></dd>
    </dl>
  </article> `;
}

function badge(status: ClaimStatus): Html {
  return html`<span class="status ${status}"
    ><span aria-hidden="true">${LABELS[status].mark}</span>${LABELS[status].label}</span
  >`;
}

function section({ title, about, body }: Section, i: number): Html {
  return html`<section aria-labelledby="section-${i}">
    <h2 id="section-${i}">${title}</h2>
    ${about === undefined ? '' : html`<p>${about}</p> `}${body}
  </section> `;
}
