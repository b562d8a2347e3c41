/** The console's style sheet, served as a file so that the page's CSP needs no exception. Colours of the example chat. Spec: docs/design/receiver.md#console */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#efece6, #0f1413);
  --card: light-dark(#fffdfa, #171e1c);
  --raised: light-dark(#f6f3ed, #1f2825);
  --ink: light-dark(#1c2422, #e7ece9);
  --soft: light-dark(#57625e, #a5b1ac);
  --line: light-dark(#ddd7cc, #2e3936);
  --edge: light-dark(#8b8779, #74827c);
  --accent: light-dark(#0f6b5c, #63ceb8);
  --on-accent: light-dark(#ffffff, #05221c);
  --stop: light-dark(#8c2f39, #f4a5ac);
  --stop-ground: light-dark(#fbeff0, #35191d);
  --ask: light-dark(#744c00, #f0c674);
  --ask-ground: light-dark(#fdf3dd, #332609);
  --clear: light-dark(#0b6350, #7fd9c3);
  --clear-ground: light-dark(#e0f2ec, #12332b);
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, 'Segoe UI', Roboto, 'Noto Sans', sans-serif; }
a { color: var(--accent); text-underline-offset: .15em; }
:is(a, button, input, select, textarea, summary, [tabindex]):focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
main:focus { outline: none; }
.skip { position: absolute; left: -100vw; padding: .5rem 1rem; background: var(--card); }
.skip:focus { left: 1rem; top: 1rem; z-index: 1; }
.top { background: var(--card); border-bottom: 1px solid var(--line); }
.bar { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: center; max-width: 84rem; margin: 0 auto; padding: .6rem 1.25rem; }
.brand { display: inline-flex; gap: .5rem; align-items: center; color: var(--ink); font-weight: 650; text-decoration: none; }
.brand svg { color: var(--accent); }
.brand span { color: var(--soft); font-weight: 450; }
nav ul, .chips { display: flex; flex-wrap: wrap; gap: .25rem; margin: 0; padding: 0; list-style: none; }
nav ul a, .chips a { display: block; padding: .35rem .6rem; color: var(--ink); border-radius: .4rem; text-decoration: none; }
:is(nav ul, .chips) a:hover { background: var(--raised); }
:is(nav ul, .chips) a[aria-current] { background: var(--clear-ground); color: var(--clear); font-weight: 600; }
.who { display: flex; gap: .75rem; align-items: center; margin-left: auto; }
.who small { color: var(--soft); }
main, footer { max-width: 72rem; margin: 0 auto; padding: 0 1.25rem; }
main { padding-block: 1.5rem 1rem; }
.narrow { max-width: 30rem; }
h1 { display: flex; flex-wrap: wrap; gap: .5rem .75rem; align-items: center; margin: 0 0 1rem; font-size: 1.6rem; line-height: 1.25; letter-spacing: -.01em; }
h2 { margin: 2rem 0 .75rem; font-size: 1.125rem; }
.card > h2:first-child, .card > h3:first-child { margin-top: 0; }
h3 { margin: 0; font-size: 1rem; }
code { font: .9em/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
small, .soft { color: var(--soft); font-size: .9rem; }
.crumb { margin: 0 0 .25rem; font-size: .9rem; }
.card { margin: 0 0 1rem; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; }
.pad { padding: 1rem; }
.scroll { overflow-x: auto; }
.below { margin-top: .75rem; }
.empty { padding: 1.5rem 1rem; color: var(--soft); }
.empty p { margin: 0 0 .5rem; max-width: 46rem; }
.notice { margin: 0 0 1rem; padding: .75rem 1rem; background: var(--ask-ground); border: 1px solid var(--ask); border-radius: .6rem; }
.notice.stop { background: var(--stop-ground); border-color: var(--stop); }
.notice p { margin: 0 0 .5rem; }
.notice.stop::first-letter { text-transform: uppercase; }
.badge { display: inline-block; padding: .05rem .5rem; font-size: .8rem; font-weight: 600; line-height: 1.5; letter-spacing: 0; white-space: nowrap; color: var(--ink); background: var(--raised); border: 1px solid var(--line); border-radius: 1rem; }
.badge.ask { color: var(--ask); background: var(--ask-ground); }
.badge.stop { color: var(--stop); background: var(--stop-ground); }
.badge.clear { color: var(--clear); background: var(--clear-ground); }
.late { color: var(--stop); font-weight: 600; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; margin: 0 0 1rem; padding: 0; list-style: none; }
.figures li { padding: .9rem 1rem; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; color: var(--soft); font-size: .9rem; }
.figures strong { display: block; color: var(--ink); font-size: 1.6rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: 1rem; padding: 1rem; }
.facts div { min-width: 0; }
dt { color: var(--soft); font-size: .85rem; }
dd { margin: 0; }
table { width: 100%; border-collapse: collapse; font-size: .925rem; }
caption { padding: .7rem 1rem 0; color: var(--soft); text-align: left; }
th, td { padding: .5rem 1rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
tbody tr:last-child > * { border-bottom: 0; }
.rows tbody tr:hover { background: var(--raised); }
.rows th, .rows td { white-space: nowrap; }
th { font-weight: 600; }
tbody th { font-weight: 450; }
thead th { color: var(--soft); font-size: .8rem; white-space: nowrap; }
.dense :is(th, td) { padding-inline: .6rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(24rem, 100%), 1fr)); gap: 0 1rem; align-items: start; }
figure { margin-inline: 0; }
figcaption { margin-bottom: .5rem; font-weight: 600; }
figcaption small { font-weight: 450; }
.columns { display: block; width: 100%; height: 10rem; }
rect.bar { fill: var(--accent); }
rect.none { fill: var(--edge); }
.axis { display: flex; justify-content: space-between; margin: .25rem 0 .5rem; color: var(--soft); font-size: .8rem; }
.plot { width: 40%; min-width: 5rem; }
.plot svg { display: block; width: 100%; height: 1rem; }
.filters { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; margin: .75rem 0; }
label { display: grid; gap: .2rem; font-size: .9rem; font-weight: 600; }
label small { font-weight: 450; }
input, select, textarea { width: 100%; padding: .45rem .6rem; font: inherit; font-weight: 450; color: var(--ink); background: var(--card); border: 1px solid var(--edge); border-radius: .4rem; }
.filters :is(input, select) { width: auto; max-width: 100%; }
.filters input { min-width: 15rem; }
::placeholder { color: var(--soft); opacity: 1; }
.stack { display: grid; gap: 1rem; padding: 1rem; }
.stack p { margin: 0; }
.stack p > button { margin-block: .2rem; }
button, .button { display: inline-block; padding: .45rem 1rem; font: inherit; color: var(--ink); text-decoration: none; background: var(--raised); border: 1px solid var(--edge); border-radius: .4rem; cursor: pointer; }
.primary { color: var(--on-accent); background: var(--accent); border-color: var(--accent); font-weight: 600; }
.danger { color: var(--stop); border-color: var(--stop); background: var(--stop-ground); }
.quiet { padding: .25rem .6rem; background: none; }
summary { cursor: pointer; color: var(--accent); font-weight: 600; }
.card > summary { padding: .7rem 1rem; }
.acts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: 0 1rem; align-items: start; }
.inline { display: inline-block; vertical-align: top; margin-right: .5rem; }
details.inline > summary { padding: .45rem .5rem; }
.inline p { margin: .25rem 0; white-space: normal; }
blockquote { margin: .5rem 0; padding: .1rem .9rem; border-left: 3px solid var(--line); white-space: pre-wrap; overflow-wrap: anywhere; }
.record { padding: .5rem 1rem .5rem 2.5rem; }
.record li { padding: .35rem 0; }
.record p { margin: 0; }
time { color: var(--soft); font-variant-numeric: tabular-nums; }
.pager { display: flex; gap: 1rem; margin: 1rem 0; }
.qr { display: flex; flex-wrap: wrap; gap: 1rem; align-items: center; }
.qr svg { display: block; width: 11rem; height: 11rem; border-radius: .4rem; }
.qr p { flex: 1 1 12rem; font-size: .9rem; }
.key { display: block; margin-top: .4rem; font-size: .85rem; }
footer { padding-block: 1rem 3rem; color: var(--soft); font-size: .9rem; }
@media (max-width: 40rem) {
  .who { margin-left: 0; width: 100%; justify-content: space-between; }
  th, td { padding: .5rem .7rem; }
}
`;
