/** Each check: device, file, outcome, action and time, newest first. Requests are in the ledger: none belongs to one file. */
import type { Check, GuardStatus } from '@lodestone/client';
import type { CheckRecord } from '../device.ts';
import { element } from '../ui/element.ts';
import { icon } from '../ui/icon.ts';
import { firstFrame, kindOf } from '../ui/media.ts';
import { sizeOf } from '../ui/texts.ts';
import { storyOf, storyPart } from './story.ts';

/** Twice the size in CSS, for dense screens. */
const THUMBNAIL_PIXELS = 88;

export class CheckList {
  readonly list: HTMLOListElement = element('ol', { class: 'ways' });
  readonly #empty: HTMLElement = element('p', { class: 'empty' }, 'Send a picture or video to see how it is checked.');
  readonly section: HTMLElement = element(
    'section',
    { class: 'ways-part', tabindex: 0, 'aria-labelledby': 'ways-title' },
    element('h3', { id: 'ways-title' }, 'Checks on both devices'),
    this.#empty,
    this.list,
  );
  readonly #items = new Map<string, HTMLLIElement>();

  /** @param status of the device, when the check ended */
  show(record: CheckRecord, status: GuardStatus): void {
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
    item.replaceChildren(thumbnail(record), element('div', {}, title(record), way(record), story(record, status)));
  }
}

/** A still picture. Pictures that are blurred on their device, or not yet checked, are not shown here. */
function thumbnail({ file, check }: CheckRecord): HTMLElement {
  const kind = kindOf(file);
  const isShown = check && check.outcome !== 'sensitive';
  const symbol = isShown ? icon(kind === 'video' ? 'film' : 'file') : icon('shield');
  const place = element('span', { class: 'thumbnail damaged', 'aria-hidden': true }, symbol);
  if (isShown && kind === 'picture') void showFrame(place, file);
  return place;
}

async function showFrame(place: HTMLElement, file: File): Promise<void> {
  const frame = await firstFrame(file, { resizeWidth: THUMBNAIL_PIXELS }).catch(() => undefined);
  if (!frame) return; // it does not decode
  frame.className = 'thumbnail';
  place.replaceWith(frame);
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

function story({ check, ...record }: CheckRecord, status: GuardStatus): HTMLElement | undefined {
  return check && storyPart(storyOf({ ...record, check }, status));
}

/** The SDK's codes, unchanged: the inspector is for developers. */
const answerOf = (check: Check): string => ('reason' in check ? `${check.outcome}: ${check.reason}` : check.outcome);
