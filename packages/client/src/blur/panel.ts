/**
 * The panel of a blur: what it says, the two buttons, the help. In a shadow root, so that the page's rules and its rules
 * leave each other alone; styled by one constructable style sheet, which `style-src 'self'` allows; made node by node, so
 * that Trusted Types do. Text keeps its contrast over any picture (WCAG 2.2 AA): white on a scrim that lets 38 % of it
 * through, opaque where the person asks for more contrast, less transparency or their own colours.
 */
import type { SensitiveHelp, SensitiveWords } from './words.ts';

export interface PanelOptions {
  canShow: boolean;
  help: readonly SensitiveHelp[];
  words: SensitiveWords;
  show: () => void;
  hide: () => void;
}

export interface Panel {
  host: HTMLElement;
  /** Changes what is seen; the focus, if it is in here, goes to the button that undoes it. */
  turn(to: 'blurred' | 'shown'): void;
  hasFocus(): boolean;
  focusOnBlur(): void;
}

export function buildPanel(page: Document, { canShow, help, words, show, hide }: PanelOptions): Panel {
  const make = maker(page);
  const heading = make('p', { part: 'heading', id: 'heading' }, words.heading);
  const showing = make('button', { part: 'show', type: 'button' }, words.show);
  const hiding = make('button', { part: 'hide', type: 'button', hidden: '' }, words.hide);
  const blur = make(
    'div',
    { part: 'blur', role: 'group', 'aria-labelledby': 'heading', tabindex: '-1' },
    make(
      'div',
      { class: 'middle' },
      eye(page),
      heading,
      make('p', { part: 'sentence' }, canShow ? words.sentence : words.blocked),
      ...(canShow ? [showing] : []),
      ...(help.length > 0 ? [helpList(make, words.help, help)] : []),
    ),
  );
  showing.addEventListener('click', show);
  hiding.addEventListener('click', hide);

  const host = page.createElement('div');
  host.setAttribute('data-lodestone-blur', '');
  const root = host.attachShadow({ mode: 'open' });
  root.adoptedStyleSheets = [styleSheet(page)];
  root.append(blur, hiding);
  // What a page does on a click on a picture (open it large, follow its link) is not meant by a click in here.
  host.addEventListener('click', (event) => event.stopPropagation());

  const hasFocus = (): boolean => root.activeElement !== null;
  const focusOnBlur = (): void => (canShow ? showing : blur).focus({ preventScroll: true });
  return {
    host,
    turn(to) {
      const focusGoes = hasFocus();
      blur.hidden = to === 'shown';
      hiding.hidden = to === 'blurred';
      if (!focusGoes) return;
      if (to === 'blurred') focusOnBlur();
      else hiding.focus({ preventScroll: true });
    },
    hasFocus,
    focusOnBlur,
  };
}

type Make = <Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>>,
  ...children: readonly (Node | string)[]
) => HTMLElementTagNameMap[Tag];

function maker(page: Document): Make {
  return (tag, attributes, ...children) => {
    const made = page.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };
}

function helpList(make: Make, summary: string, help: readonly SensitiveHelp[]): HTMLElement {
  const items = help.map((entry) => {
    const language = entry.language === undefined ? {} : { lang: entry.language };
    const link =
      'url' in entry
        ? { href: entry.url, target: '_blank', rel: 'noopener noreferrer' }
        : { href: `tel:${entry.phone.replaceAll(/[^+0-9]/g, '')}` };
    const label = 'url' in entry ? entry.name : `${entry.name}: ${entry.phone}`;
    return make('li', {}, make('a', { ...language, ...link }, label));
  });
  return make('details', { part: 'help' }, make('summary', {}, summary), make('ul', {}, ...items));
}

/** An eye, crossed out. It says nothing that the heading does not. */
function eye(page: Document): SVGSVGElement {
  const svg = page.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const path = page.createElementNS('http://www.w3.org/2000/svg', 'path');
  for (const [name, value] of [
    ['viewBox', '0 0 24 24'],
    ['part', 'icon'],
    ['aria-hidden', 'true'],
  ] as const)
    svg.setAttribute(name, value);
  path.setAttribute(
    'd',
    'M3 3l18 18M10.6 5.6A9.8 9.8 0 0 1 12 5.5c5 0 8.5 4.3 9.5 6.5a14 14 0 0 1-2.7 3.7M6.4 7.3A14 14 0 0 0 2.5 12c1 2.2 4.5 6.5 9.5 6.5a9.6 9.6 0 0 0 4.6-1.2M9.9 9.9a3 3 0 0 0 4.2 4.2',
  );
  svg.append(path);
  return svg;
}

/** One for each document, made when it is first needed: importing has no effect. */
const sheets = new WeakMap<Document, CSSStyleSheet>();

function styleSheet(page: Document): CSSStyleSheet {
  const known = sheets.get(page);
  if (known) return known;
  // A sheet is only for the document whose window made it.
  const Sheet = page.defaultView?.CSSStyleSheet ?? CSSStyleSheet;
  const sheet = new Sheet();
  sheet.replaceSync(RULES);
  sheets.set(page, sheet);
  return sheet;
}

/** For screen readers it stays. */
const UNSEEN =
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
/* Opened, the help has the sandbox of what was read before it. */
.middle:has([open]) > [part='icon'] { display: none; }
.middle:has([open]) > p { ${UNSEEN} }
[open] a { padding-block: 0.15rem; }
ul { list-style: none; }
:focus-visible { outline: 3px solid #fff; outline-offset: 2px; }
[part='hide']:focus-visible, [part='show']:focus-visible { box-shadow: 0 0 0 2px #14191a; }
/* Where the picture is small, its name, its button and the help stand; smaller yet, where it has a button, without the name. */
@container (max-height: 11rem) { [part='icon'] { display: none; } }
@container (max-height: 9rem) or (max-width: 10rem) {
  [part='blur'] { padding: 0.4rem; }
  [part='heading'] { font-size: 0.85rem; }
  [part='show'] { margin-top: 0.2rem; }
  button { min-height: 1.9rem; padding: 0.1rem 0.6rem; font-size: 0.85rem; }
  summary, a { padding: 0.25rem; font-size: 0.85rem; }
  summary::after { display: none; }
  [part='sentence'] { ${UNSEEN} }
}
@container (max-height: 7rem) {
  [part='blur'] { padding: 0.2rem; }
  .middle { gap: 0; }
  button, summary { font-size: 0.8rem; line-height: 1.2; }
  .middle:has([part='show']) > [part='heading'] { ${UNSEEN} }
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
