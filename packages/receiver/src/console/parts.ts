/** Small pieces that several pages of the console show. Spec: docs/design/receiver.md#console */
import type { CaseState } from '@lodestone/protocol/case-review';
import { html } from 'hono/html';
import type { Html } from './visit.ts';

const TONES: Readonly<Record<CaseState, 'quiet' | 'ask' | 'stop' | 'clear'>> = {
  proposed: 'quiet',
  new: 'ask',
  'in-review': 'ask',
  'confirmed-once': 'ask',
  'second-review': 'ask',
  confirmed: 'stop',
  reported: 'stop',
  dismissed: 'clear',
  contested: 'ask',
  upheld: 'stop',
  overturned: 'clear',
};

export function badge(state: CaseState): Html {
  return html`<span class="badge ${TONES[state]}">${state}</span>`;
}

/** @param today `2026-11-24` */
export function due(day: string | null, today: string): Html {
  if (day === null) return html`–`;
  return day < today ? html`<span class="late">${day} (overdue)</span>` : html`${day}`;
}

export function fact(name: string, value: Html | string | number): Html {
  return html`<div>
    <dt>${name}</dt>
    <dd>${typeof value === 'number' ? value.toLocaleString('en') : value}</dd>
  </div>`;
}

/** @param path of the first page, with its query. @param last number of the last row; undefined on the last page */
export function pager(path: string, { isFirst, last }: { isFirst: boolean; last: number | undefined }): Html {
  if (isFirst && last === undefined) return html``;
  return html`<nav class="pager" aria-label="Pages">
    ${isFirst ? '' : html`<a href="${path}">First page</a>`}
    ${last === undefined ? '' : html`<a href="${path}&after=${last}" rel="next">Next page</a>`}
  </nav>`;
}

/** `hotline:known` for `hotline:v1/lists/known/manifest.json`: short enough for a table. */
export function shortName(reference: string): string {
  return reference.replace(/:v1\/(?:lists|models)\/([^/]+)\/manifest\.json$/, ':$1');
}

/** Text of people, with its line breaks. */
export function quote(text: string): Html {
  return html`<blockquote>${text}</blockquote>`;
}
