/**
 * The panel's style as one constructable style sheet for each document, which `style-src 'self'` allows.
 * Text keeps its contrast over any picture (WCAG 2.2 AA): white on a scrim that is 62 % opaque, and fully opaque if the user
 * prefers more contrast, less transparency or forced colors. Spec: docs/design/client.md#blur
 */

/** Filled on first use, so that importing has no effect. */
const sheets = new WeakMap<Document, CSSStyleSheet>();

export function panelStyle(page: Document): CSSStyleSheet {
  const known = sheets.get(page);
  if (known) return known;
  // A document accepts only style sheets that its own window constructed.
  const Sheet = page.defaultView?.CSSStyleSheet ?? CSSStyleSheet;
  const sheet = new Sheet();
  sheet.replaceSync(RULES);
  sheets.set(page, sheet);
  return sheet;
}

/** Hidden from view, still read by screen readers. */
const VISUALLY_HIDDEN =
  'position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap;';

const RULES = `
:host {
  all: unset !important;
  position: absolute !important;
  z-index: 1 !important;
  left: var(--lodestone-left) !important;
  top: var(--lodestone-top) !important;
  width: var(--lodestone-width) !important;
  height: var(--lodestone-height) !important;
  visibility: var(--lodestone-visibility) !important;
  border-radius: var(--lodestone-radius) !important;
  display: block !important;
  overflow: clip !important;
  container-type: size !important;
  pointer-events: none !important;
  text-align: center !important;
  font-size: 0.9rem !important;
  line-height: 1.35 !important;
  color-scheme: dark !important;
  white-space: normal !important;
}
* { box-sizing: border-box; margin: 0; padding: 0; }
[hidden] { display: none !important; }
[part='blur'] {
  display: grid;
  width: 100%;
  height: 100%;
  overflow: auto;
  overscroll-behavior: contain;
  padding: 0.75rem;
  background: rgb(18 21 22 / 62%);
  box-shadow: inset 0 0 0 1px rgb(255 255 255 / 14%);
  color: #fff;
  outline-offset: -3px;
  pointer-events: auto;
}
.middle {
  display: flex;
  flex-direction: column;
  gap: 0.2rem;
  align-items: center;
  margin: auto;
  min-width: 0;
  max-width: 100%;
  overflow-wrap: break-word;
}
[part='icon'] {
  width: 1.9rem;
  height: 1.9rem;
  fill: none;
  stroke: currentcolor;
  stroke-width: 1.6;
  stroke-linecap: round;
  stroke-linejoin: round;
}
[part='heading'] { font-weight: 650; font-size: 1rem; }
button, summary, a { font: inherit; cursor: pointer; }
button {
  min-height: 2.5rem;
  padding: 0.3rem 1rem;
  border: 1px solid transparent;
  border-radius: 1.25rem;
  font-weight: 600;
}
[part='show'] { margin-top: 0.45rem; background: #fff; color: #14191a; }
[part='show']:hover { background: #dfe4e3; }
[part='hide'] {
  position: absolute;
  inset-block-end: 0.5rem;
  inset-inline-end: 0.5rem;
  max-width: calc(100% - 1rem);
  background: #14191a;
  border-color: #fff;
  color: #fff;
  pointer-events: auto;
}
[part='hide']:hover { background: #333b3c; }
summary, a { display: inline-block; min-height: 24px; padding: 0.35rem 0.5rem; color: inherit; text-decoration: underline; text-underline-offset: 0.2em; }
summary { list-style: none; }
summary::-webkit-details-marker { display: none; }
summary::after {
  content: '';
  display: inline-block;
  width: 0.4em;
  height: 0.4em;
  margin-inline-start: 0.5em;
  border: solid currentcolor;
  border-width: 0 0.14em 0.14em 0;
  transform: translateY(-0.2em) rotate(45deg);
}
[open] > summary::after { transform: translateY(0.1em) rotate(225deg); }
/* Opened, the help takes the space of the text before it. */
.middle:has([open]) > [part='icon'] { display: none; }
.middle:has([open]) > p { ${VISUALLY_HIDDEN} }
[open] a { padding-block: 0.15rem; }
ul { list-style: none; }
:focus-visible { outline: 3px solid #fff; outline-offset: 2px; }
[part='hide']:focus-visible, [part='show']:focus-visible { box-shadow: 0 0 0 2px #14191a; }
/* On a small picture only heading, button and help remain; on a smaller one with a button, not the heading either. */
@container (max-height: 11rem) { [part='icon'] { display: none; } }
@container (max-height: 9rem) or (max-width: 10rem) {
  [part='blur'] { padding: 0.4rem; }
  [part='heading'] { font-size: 0.85rem; }
  [part='show'] { margin-top: 0.2rem; }
  button { min-height: 1.9rem; padding: 0.1rem 0.6rem; font-size: 0.85rem; }
  summary, a { padding: 0.25rem; font-size: 0.85rem; }
  summary::after { display: none; }
  [part='sentence'] { ${VISUALLY_HIDDEN} }
}
@container (max-height: 7rem) {
  [part='blur'] { padding: 0.2rem; }
  .middle { gap: 0; }
  button, summary { font-size: 0.8rem; line-height: 1.2; }
  .middle:has([part='show']) > [part='heading'] { ${VISUALLY_HIDDEN} }
}
@media (prefers-contrast: more), (prefers-reduced-transparency: reduce) { [part='blur'] { background: #14191a; } }
@media (forced-colors: active) {
  :host { color-scheme: light dark !important; forced-color-adjust: auto !important; }
  [part='blur'] { background: Canvas; color: CanvasText; border: 1px solid CanvasText; }
  button, [part='show']:hover, [part='hide']:hover { background: ButtonFace; color: ButtonText; border-color: ButtonText; }
  :focus-visible { outline-color: Highlight; }
  [part='show']:focus-visible, [part='hide']:focus-visible { box-shadow: none; }
}
@media print { [part='blur'] { background: #fff; color: #000; border: 1px solid #000; print-color-adjust: exact; } button { display: none; } }
`;
