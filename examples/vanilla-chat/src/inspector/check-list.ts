/** The check of each picture: device, outcome, action and time, newest first. Requests are in the ledger: none belongs to one picture. */
import type { Check } from '@lodestone/client';
import type { CheckRecord } from '../device.ts';
import { element } from '../ui/element.ts';
import { icon } from '../ui/icon.ts';
import { sizeOf } from '../ui/texts.ts';

export class CheckList {
  readonly list: HTMLOListElement = element('ol', { class: 'ways' });
  readonly #empty: HTMLElement = element('p', { class: 'empty' }, 'Send a picture to see how it is checked.');
  readonly section: HTMLElement = element(
    'section',
    { class: 'ways-part', tabindex: 0, 'aria-labelledby': 'ways-title' },
    element('h3', { id: 'ways-title' }, 'Checks on both devices'),
    this.#empty,
    this.list,
  );
  readonly #items = new Map<string, HTMLLIElement>();

  show(record: CheckRecord): void {
    const key = `${record.surface} ${record.id}`;
    const item = this.#items.get(key) ?? element('li', {});
    if (!this.#items.has(key)) this.list.prepend(item);
    this.#items.set(key, item);
    this.#empty.hidden = true;
    item.dataset['surface'] = record.surface;
    item.dataset['file'] = record.file.name;
    if (record.check) {
      item.dataset['outcome'] = record.check.outcome;
      item.dataset['action'] = record.check.action;
      if ('reason' in record.check) item.dataset['reason'] = record.check.reason;
    }
    item.replaceChildren(thumbnail(record), element('div', {}, title(record), way(record)));
  }
}

function thumbnail({ file, url, check }: CheckRecord): HTMLElement {
  const blank = element('span', { class: 'thumbnail damaged', 'aria-hidden': true }, '?');
  // Pictures that are blurred on their device, or not yet checked, are not shown here.
  if (!check || check.outcome === 'sensitive')
    return element('span', { class: 'thumbnail damaged', 'aria-hidden': true }, icon('shield'));
  if (!file.type.startsWith('image/')) return blank;
  const image = element('img', { class: 'thumbnail', src: url, alt: '', width: 44, height: 44 });
  image.addEventListener('error', () => image.replaceWith(blank), { once: true });
  return image;
}

function title({ file, device, surface, milliseconds }: CheckRecord): HTMLElement {
  const passing = surface === 'send' ? `${device.name} sends` : `${device.name} receives`;
  return element(
    'p',
    { class: 'way-title' },
    element('strong', {}, passing),
    element('span', { class: 'file-name' }, `${file.name} · ${sizeOf(file.size)}`),
    milliseconds !== undefined && element('span', { class: 'figure' }, `${Math.round(milliseconds)} ms`),
  );
}

function way({ check, cancelled }: CheckRecord): HTMLElement {
  const step = (words: string, kind = ''): HTMLElement => element('span', { class: 'step', 'data-kind': kind }, words);
  const answer = cancelled
    ? [icon('arrow'), step('cancelled')]
    : check
      ? [icon('arrow'), step(answerOf(check), check.outcome), icon('arrow'), step(check.action, check.action)]
      : [icon('arrow'), step('checking…')];
  return element('p', { class: 'way' }, step('sandbox'), ...answer);
}

/** The SDK's codes, unchanged: the inspector is for developers. */
const answerOf = (check: Check): string => ('reason' in check ? `${check.outcome}: ${check.reason}` : check.outcome);
