/** One message in a pane: text, picture or video, running check, warning, or blocked file. */
import type { Check } from '@lodestone/client';
import { blurSensitive, ENGLISH_LABELS } from '@lodestone/client/blur';
import type { Content, Device, Message, Standing } from '../device.ts';
import { helpOfOrders, wordsOfOrders } from '../lodestone.ts';
import { button, type Child, element } from './element.ts';
import { icon } from './icon.ts';
import { kindOf, media } from './media.ts';
import { explain, OWN_PICTURE, sizeOf, timeOf } from './texts.ts';

type FileContent = Extract<Content, { kind: 'file' }>;

export class MessageView {
  readonly item: HTMLLIElement = element('li', { class: 'message' });
  readonly #device: Device;
  /** The check that stopped the file or required a decision. */
  #check: Check | undefined;

  constructor(device: Device) {
    this.#device = device;
  }

  show(message: Message): void {
    const { standing } = message;
    // Updates the progress in place: rebuilding the message would move the focus away from its Cancel button.
    const progress = this.item.querySelector('progress');
    if (standing.is === 'checking' && progress) {
      progress.value = standing.percent;
      return;
    }
    if ('check' in standing) this.#check = standing.check;
    const hadFocus = this.item.contains(document.activeElement);
    this.item.classList.toggle('mine', message.mine);
    this.item.dataset['standing'] = standing.is;
    this.item.replaceChildren(this.#body(message), this.#foot(message));
    if (hadFocus) (this.item.querySelector('button') ?? this.item.parentElement)?.focus();
  }

  /** A sensitive picture stays blurred everywhere, also after it was sent. */
  get #sensitive(): boolean {
    return this.#check?.outcome === 'sensitive';
  }

  #body(message: Message): HTMLElement {
    const { content, standing } = message;
    if (content.kind === 'text') return element('p', { class: 'bubble' }, content.text);
    if (standing.is === 'checking') return this.#underWay(message, content.file, content.url);
    if (standing.is === 'through') {
      const from = message.mine ? this.#device.person : this.#device.other;
      return this.#sensitive
        ? element('div', { class: 'bubble' }, this.#blurred(message, content))
        : element('div', { class: 'bubble' }, media(content.file, content.url, from.name));
    }
    if (this.#sensitive && standing.is === 'asking' && !message.mine) {
      return this.#receivedSensitive(message, content, standing.check);
    }
    return this.#card(message, content, standing);
  }

  #foot({ mine, time, standing }: Message): HTMLElement {
    const isBlurred = this.#sensitive && !mine; // a blurred picture needs no decision
    const state = {
      checking: '',
      asking: isBlurred ? '' : 'Needs your decision',
      stopped: mine ? 'Not sent' : 'Not shown',
      through: '',
    };
    return element('p', { class: 'foot' }, state[standing.is], element('time', {}, timeOf(time)), icon('lock'));
  }

  #underWay({ id, mine }: Message, file: File, url: string): HTMLElement {
    const what = mine ? 'Checking on this device' : 'Checking before it is shown';
    const kind = kindOf(file);
    return element(
      'div',
      { class: 'bubble under-way' },
      // The sender sees their own picture. No byte or preview of it has left the device. A video has no poster before its check.
      mine && kind === 'picture'
        ? media(file, url, this.#device.person.name)
        : element('div', { class: `picture unseen ${kind}` }, icon(kind === 'video' ? 'film' : 'shield')),
      element('progress', { max: 100, value: 0, 'aria-label': `${what}: ${file.name}` }),
      element(
        'p',
        { class: 'under-way-line' },
        what,
        mine && button({ class: 'quiet' }, () => this.#device.remove(id), 'Cancel'),
      ),
    );
  }

  /** A blurred picture, which the person can show and hide. */
  #blurred({ mine }: Message, { file, url }: FileContent): HTMLElement {
    const from = mine ? this.#device.person : this.#device.other;
    const frame = element('div', { class: 'blurred' }, media(file, url, from.name));
    const shown = frame.querySelector<HTMLElement>('.picture-frame, video');
    const help = mine || !this.#check ? [] : helpOfOrders(this.#device.guard, this.#check); // the card of a question shows the help lines
    if (shown) blurSensitive(shown, { help, labels: mine ? OWN_PICTURE : ENGLISH_LABELS });
    return frame;
  }

  #receivedSensitive(message: Message, content: FileContent, check: Check): HTMLElement {
    return element(
      'div',
      { class: 'bubble' },
      this.#blurred(message, content),
      element(
        'div',
        { class: 'blurred-foot' },
        whyBlurred(this.#device, check),
        button({ class: 'quiet' }, () => this.#device.remove(message.id), 'Remove'),
      ),
    );
  }

  #card(message: Message, content: FileContent, { is, check }: Extract<Standing, { check: unknown }>): HTMLElement {
    const { id, mine } = message;
    const { file } = content;
    const { heading, sentence } = explain(check, { mine });
    const asking = is === 'asking';
    const remove = asking ? (mine ? 'Do not send' : 'Remove') : 'Dismiss';
    const goOn = mine ? 'Send anyway' : 'Show anyway';
    return element(
      'section',
      { class: `card ${asking ? 'ask' : 'stop'}`, 'aria-label': heading },
      asking && this.#sensitive && this.#blurred(message, content),
      element('h3', {}, icon(asking ? 'question' : 'shield'), heading),
      element('p', {}, sentence),
      element('p', { class: 'file-name' }, `${file.name || 'File'} · ${sizeOf(file.size)}`),
      orderAndHelp(this.#device, check, !asking),
      element(
        'div',
        { class: 'actions' },
        button({ class: asking ? 'primary' : 'quiet' }, () => this.#device.remove(id), remove),
        asking && button({ class: 'quiet' }, () => void this.#device.goOn(id), goOn),
      ),
    );
  }
}

/** The summaries of the orders that decided. The blur has their help lines. */
function whyBlurred({ guard }: Device, check: Check): HTMLElement {
  const { summaries } = wordsOfOrders(guard, check);
  return element(
    'details',
    { class: 'order-words' },
    element('summary', {}, 'Why this is blurred'),
    element('p', {}, 'A check on this device found that it may be sensitive. Such checks are often wrong.'),
    ...summaries.map((summary) => element('p', {}, summary)),
  );
}

/** Summaries and help lines of the orders that decided, open for a blocked file. */
function orderAndHelp({ guard }: Device, check: Check, open: boolean): Child {
  const { summaries, help } = wordsOfOrders(guard, check);
  if (summaries.length + help.length === 0) return undefined;
  return element(
    'details',
    { class: 'order-words', open },
    element('summary', {}, 'Why, and where to find help'),
    ...summaries.map((summary) => element('p', {}, summary)),
    element(
      'ul',
      { class: 'help' },
      ...help.map(({ name, href, label }) =>
        element(
          'li',
          {},
          element('a', { href, rel: 'noreferrer', target: '_blank' }, name),
          element('span', {}, label),
        ),
      ),
    ),
  );
}
