/** Style sheet of the report: one reading column, cards on a phone, black on white on paper. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #4c5662; --line: #d0d7de; --page: #fff; --card: #f6f8fa;
  --pass: #0a6b35; --pass-back: #e2f5e9; --fail: #a8071a; --fail-back: #fdeaea; --not-tested: #6a4b00; --not-tested-back: #fdf3d7;
  --a: #1f5fbf; --b: #a8071a; --c: #0a6b35; --d: #7a3fb5; --e: #6e7781; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #a8b3bf; --line: #3b434d; --page: #0f1419; --card: #171d24;
  --pass: #6fdd9b; --pass-back: #10301e; --fail: #ff9c94; --fail-back: #3d1518; --not-tested: #f0cf7b; --not-tested-back: #33280d;
  --a: #79b0ff; --b: #ff9c94; --c: #6fdd9b; --d: #cfa6ff; --e: #a8b3bf; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 1rem/1.55 system-ui, sans-serif; }
main, header, footer { max-width: 60rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2rem; }
h1 { font-size: 1.75rem; line-height: 1.25; margin: 0 0 .5rem; text-wrap: balance; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem; }
h3 { font-size: 1rem; margin: 0 0 .5rem; }
p { margin: 0 0 .75rem; max-width: 46rem; }
.soft, dt, caption { color: var(--soft); }
.status { display: inline-flex; align-items: center; gap: .5em; font-weight: 650; padding: .2em .7em; border-radius: 99em;
  border: 1px solid currentColor; white-space: nowrap; }
.pass { color: var(--pass); background: var(--pass-back); } .fail { color: var(--fail); background: var(--fail-back); }
.not-tested { color: var(--not-tested); background: var(--not-tested-back); }
.outcome { padding: 1rem 1.25rem; border-radius: .75rem; border: 1px solid currentColor; margin: 1.25rem 0; }
.caveat { padding: .75rem 1rem; border-left: .3rem solid var(--c); background: var(--card); }
.outcome strong { display: block; font-size: 1.25rem; } .outcome span { color: var(--ink); }
dl.about { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.25rem; margin: 0; }
dl.about dd { margin: 0; overflow-wrap: anywhere; }
.claim { border: 1px solid var(--line); border-radius: .75rem; padding: 1rem 1.25rem; margin: 0 0 .75rem; background: var(--card); break-inside: avoid; }
.claim .top { display: flex; gap: 1rem; justify-content: space-between; align-items: start; flex-wrap: wrap; }
.claim h3 { flex: 1 1 20rem; margin: 0; }
.claim dl { display: grid; grid-template-columns: 6.5rem 1fr; gap: .35rem 1rem; margin: .75rem 0 0; }
.claim dd { margin: 0; overflow-wrap: anywhere; white-space: pre-line; }
.scroll { overflow-x: auto; } .scroll:focus-visible, pre:focus-visible { outline: 2px solid var(--a); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; }
caption { text-align: left; padding-bottom: .4rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { color: var(--soft); font-weight: 600; overflow-wrap: normal; } td { min-width: 4.5rem; } td > :empty::after { content: '–'; color: var(--soft); }
.group th { padding-top: 1rem; color: var(--ink); }
.even table { table-layout: fixed; } .even td { min-width: 0; } .even td .fail, .even td .not-tested { background: none; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; } th.number { white-space: normal; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; overflow-x: auto; font-size: .8125rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.digest, code { font-family: ui-monospace, monospace; font-size: .8125em; overflow-wrap: anywhere; }
details { margin: .5rem 0; } summary { cursor: pointer; padding: .35rem 0; }
h1, h2, h3, p, summary { overflow-wrap: anywhere; }
figure { margin: 0 0 1rem; } svg { max-width: 100%; height: auto; display: block; }
svg text { fill: var(--ink); font: 12px system-ui, sans-serif; } svg .soft { fill: var(--soft); } svg .line { stroke: var(--line); }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; font-size: .875rem; margin: .5rem 0 0; padding: 0; list-style: none; }
.legend svg { display: inline-block; vertical-align: -2px; margin-right: .4em; }
dd, li { overflow-wrap: anywhere; }
ul.limits li { margin-bottom: .5rem; max-width: 46rem; }
footer { padding: 2rem 1.25rem 3rem; color: var(--soft); font-size: .875rem; }
@media (max-width: 40rem) {
  .claim dl, dl.about { grid-template-columns: 1fr; gap: 0; } .claim dd, dl.about dd { margin-bottom: .5rem; }
  thead { position: absolute; display: block; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); } table, caption, tbody, tr, td { display: block; }
  .picture { overflow-x: auto; } .picture > svg { min-width: 42rem; }
  tr { border: 1px solid var(--line); border-radius: .5rem; padding: .5rem .75rem; margin-bottom: .5rem; }
  td, .number { border: 0; padding: .15rem 0; display: grid; grid-template-columns: 8rem minmax(0, 1fr); gap: .75rem; text-align: left; white-space: normal; }
  td > * { min-width: 0; }
  .group th { display: block; border: 0; } tr.group { border: 0; padding: 0; }
  td::before { content: attr(data-head); color: var(--soft); }
}
@media print {
  :root { color-scheme: light; --ink: #000; --soft: #333; --line: #999; --page: #fff; --card: #fff; --pass: #0a5a2d; --pass-back: #fff;
    --fail: #8f0616; --fail-back: #fff; --not-tested: #5a4000; --not-tested-back: #fff; --a: #1f5fbf; --b: #8f0616; --c: #0a5a2d; --d: #6a32a0; --e: #555; }
  @page { size: A4; margin: 18mm 16mm; }
  body { font-size: 10pt; } main, header, footer { max-width: none; padding: 0; }
  h2 { break-after: avoid; } figure, tr, .outcome { break-inside: avoid; } .picture > svg { min-width: 0; } thead { display: table-header-group; }
  .scroll { overflow: visible; } pre { white-space: pre-wrap; } table { font-size: 8.5pt; }
  details > :not(summary) { display: block; } details::details-content { content-visibility: visible; height: auto; }
}
`;
