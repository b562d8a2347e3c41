/** The console's style sheet, served as a file so that the page's CSP needs no exception. Spec: docs/design/receiver.md#console. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f4f5f7, #14161a);
  --card: light-dark(#ffffff, #1d2026);
  --ink: light-dark(#1b1f27, #e7e9ee);
  --soft: light-dark(#565e6c, #a4acb9);
  --line: light-dark(#dde0e6, #31363f);
  --accent: light-dark(#3a3fb0, #a9b0ff);
  --mark: light-dark(#eceefb, #272b45);
}
* { box-sizing: border-box; }
body {
  margin: 0;
  background: var(--ground);
  color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif;
}
a { color: var(--accent); }
a:focus-visible, [tabindex]:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.skip { position: absolute; left: -100vw; padding: .5rem 1rem; background: var(--card); }
.skip:focus { left: 1rem; top: 1rem; z-index: 1; }
header, main, footer { max-width: 68rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-block: 2rem .5rem; }
header p { margin: 0; color: var(--soft); }
h1 { margin: 0; font-size: 1.5rem; letter-spacing: -.01em; }
h2 { margin: 2.25rem 0 .75rem; font-size: 1.125rem; }
h3 { margin: 0; font-size: 1rem; }
code { font: .9em/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; margin: 1.25rem 0 0; padding: 0; list-style: none; }
.figures li { padding: .9rem 1rem; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; color: var(--soft); font-size: .9rem; }
.figures strong { display: block; color: var(--ink); font-size: 1.6rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.card { margin: 0 0 1rem; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; overflow: hidden; }
.card > header { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: baseline; margin: 0; padding: .9rem 1rem; background: var(--mark); border-bottom: 1px solid var(--line); }
.card > header p { font-size: .9rem; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .925rem; }
caption { padding: .7rem 1rem 0; color: var(--soft); text-align: left; }
th, td { padding: .55rem 1rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
tbody tr:last-child > * { border-bottom: 0; }
th { font-weight: 600; }
tbody th { font-weight: 450; }
.entries th, .entries td { white-space: nowrap; }
thead th { color: var(--soft); font-size: .8rem; white-space: nowrap; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.empty { padding: 1.5rem 1rem; color: var(--soft); }
button { padding: .5rem 1rem; font: inherit; border: 1px solid var(--line); border-radius: .4rem; background: var(--mark); color: var(--ink); cursor: pointer; }
button:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.empty p { margin: 0; max-width: 46rem; }
footer { padding-block: 2rem 3rem; color: var(--soft); font-size: .9rem; }
`;
