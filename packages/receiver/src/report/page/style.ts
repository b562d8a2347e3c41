/** The report's style sheet: that of the console, and what a printed page needs. Spec: docs/provide/report.md#page */
import { STYLE } from '../../console/style.ts';

export const REPORT_STYLE: string = `${STYLE}
body { line-height: 1.55; }
main, footer { max-width: 60rem; }
main > p, section > p, section > ul { max-width: 46rem; }
h1 { display: block; font-size: 2rem; }
h1 small { display: block; font-size: 1rem; font-weight: 450; letter-spacing: 0; }
h2 { margin-top: 3rem; padding-top: 1rem; font-size: 1.35rem; border-top: 1px solid var(--line); }
h3 { margin: 1.25rem 0 .5rem; overflow-wrap: anywhere; }
article h3 { margin-top: 0; }
article .facts { padding: .5rem 0; }
.contents { margin: 0 0 1.5rem; padding: .75rem 1rem .75rem 2.25rem; columns: 2 14rem; }
.contents a { display: inline-block; padding: .15rem 0; }
.figures li { padding-inline: .75rem; }
.figures small { display: block; margin-top: .25rem; font-size: .85rem; }
.hidden { color: var(--soft); font-style: italic; font-weight: 450; white-space: nowrap; }
.figures .hidden { font-size: 1.1rem; }
.figures small .hidden { font-size: inherit; }
tbody th { min-width: 8rem; overflow-wrap: break-word; }
.figures { grid-template-columns: repeat(auto-fit, minmax(7.4rem, 1fr)); }
.interval-text { display: block; }
.wide { min-width: 16rem; }
.share { font-weight: 600; font-variant-numeric: tabular-nums; }
td small { white-space: nowrap; }
.plot { width: 22%; min-width: 4rem; }
.interval { display: block; width: 100%; min-width: 8rem; height: .6rem; margin-top: .3rem; }
rect.mark { fill: var(--ink); }
.signature { max-width: 24rem; margin-top: 4rem; padding-top: .25rem; border-top: 1px solid var(--edge); color: var(--soft); }
@media (max-width: 40rem) { .plot { display: none; } }
@page { margin: 18mm 15mm; }
@media print {
  :root { color-scheme: light; }
  body { background: none; font-size: 10pt; }
  main, footer { max-width: none; padding: 0; }
  .contents, .skip { display: none; }
  .card, .figures li { border-radius: 0; }
  .scroll { overflow: visible; }
  .grid { display: block; }
  .card, tr, figure { break-inside: avoid; }
  h2, h3, caption { break-after: avoid; }
  a { color: inherit; text-decoration: none; }
  rect { print-color-adjust: exact; }
}
`;
