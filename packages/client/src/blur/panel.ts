/**
 * The panel over a hidden picture: its text, the two buttons, the help. Built node by node, so that Trusted Types allow it,
 * in a shadow root, so that the page's style rules and its own do not affect each other. Spec: docs/design/client.md#blur
 */
import type { BlurLabels, HelpEntry } from './labels.ts';
import { panelStyle } from './panel-style.ts';

export interface PanelOptions {
  /** Whether the user may reveal the picture. */
  canReveal: boolean;
  help: readonly HelpEntry[];
  labels: BlurLabels;
  reveal: () => void;
  hide: () => void;
}

export interface Panel {
  host: HTMLElement;
  /** Shows the blur or the button that hides the picture again. A focus inside the panel moves to the button that undoes it. */
  setRevealed(isRevealed: boolean): void;
  hasFocus(): boolean;
  focusBlur(): void;
}

export function buildPanel(page: Document, options: PanelOptions): Panel {
  const { canReveal, labels, reveal, hide } = options;
  const make = elementMaker(page);
  const revealButton = make('button', { part: 'show', type: 'button' }, labels.show);
  const hideButton = make('button', { part: 'hide', type: 'button', hidden: '' }, labels.hide);
  const blur = blurPart(page, options, revealButton);
  revealButton.addEventListener('click', reveal);
  hideButton.addEventListener('click', hide);

  const host = page.createElement('div');
  host.setAttribute('data-lodestone-blur', '');
  const root = host.attachShadow({ mode: 'open' });
  root.adoptedStyleSheets = [panelStyle(page)];
  root.append(blur, hideButton);
  // A click on the panel must not do what the page does on a click on the picture, such as open it.
  host.addEventListener('click', (event) => event.stopPropagation());

  const hasFocus = (): boolean => root.activeElement !== null;
  const focusBlur = (): void => (canReveal ? revealButton : blur).focus({ preventScroll: true });
  return {
    host,
    setRevealed(isRevealed) {
      const hadFocus = hasFocus();
      blur.hidden = isRevealed;
      hideButton.hidden = !isRevealed;
      if (!hadFocus) return;
      if (isRevealed) hideButton.focus({ preventScroll: true });
      else focusBlur();
    },
    hasFocus,
    focusBlur,
  };
}

function blurPart(page: Document, { canReveal, help, labels }: PanelOptions, revealButton: HTMLElement): HTMLElement {
  const make = elementMaker(page);
  return make(
    'div',
    { part: 'blur', role: 'group', 'aria-labelledby': 'heading', tabindex: '-1' },
    make(
      'div',
      { class: 'middle' },
      crossedOutEye(page),
      make('p', { part: 'heading', id: 'heading' }, labels.heading),
      make('p', { part: 'sentence' }, canReveal ? labels.sentence : labels.blocked),
      ...(canReveal ? [revealButton] : []),
      ...(help.length > 0 ? [helpList(make, labels.help, help)] : []),
    ),
  );
}

type MakeElement = <Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>>,
  ...children: readonly (Node | string)[]
) => HTMLElementTagNameMap[Tag];

function elementMaker(page: Document): MakeElement {
  return (tag, attributes, ...children) => {
    const element = page.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };
}

function helpList(make: MakeElement, summary: string, help: readonly HelpEntry[]): HTMLElement {
  const items = help.map((entry) => {
    const language = entry.language === undefined ? {} : { lang: entry.language };
    const link =
      'url' in entry
        ? { href: entry.url, target: '_blank', rel: 'noopener noreferrer' }
        : { href: `tel:${entry.phone.replaceAll(/[^+0-9]/g, '')}` };
    const text = 'url' in entry ? entry.name : `${entry.name}: ${entry.phone}`;
    return make('li', {}, make('a', { ...language, ...link }, text));
  });
  return make('details', { part: 'help' }, make('summary', {}, summary), make('ul', {}, ...items));
}

/** Decoration: the heading has the same meaning. */
function crossedOutEye(page: Document): SVGSVGElement {
  const svg = page.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const path = page.createElementNS('http://www.w3.org/2000/svg', 'path');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('part', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  path.setAttribute(
    'd',
    'M3 3l18 18M10.6 5.6A9.8 9.8 0 0 1 12 5.5c5 0 8.5 4.3 9.5 6.5a14 14 0 0 1-2.7 3.7M6.4 7.3A14 14 0 0 0 2.5 12c1 2.2 4.5 6.5 9.5 6.5a9.6 9.6 0 0 0 4.6-1.2M9.9 9.9a3 3 0 0 0 4.2 4.2',
  );
  svg.append(path);
  return svg;
}
