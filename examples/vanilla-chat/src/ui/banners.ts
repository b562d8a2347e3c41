/** Banners for announced orders, and for notices of signals, lists and models. Each stays until the user acknowledges it. */
import type { Guard, Notice, OrderStatus, ReleaseNotice, SignalNotice } from '@lodestone/client';
import type { Contests } from '../contest.ts';
import { inLanguage } from '../lodestone.ts';
import { contestForm } from './contest-form.ts';
import { button, element } from './element.ts';
import { icon } from './icon.ts';

export class Banners {
  readonly region: HTMLElement = element('div', { class: 'banners' });
  readonly #guard: Guard;
  readonly #shown = new Map<string, HTMLElement>();

  readonly #leave: () => void;
  readonly #contests: Contests;

  /** @param leave moves the focus when a focused banner is removed */
  constructor(guard: Guard, contests: Contests, leave: () => void) {
    this.#guard = guard;
    this.#contests = contests;
    this.#leave = leave;
  }

  show(): void {
    const { orders, notices } = this.#guard.status;
    const due = new Map<string, () => HTMLElement>();
    for (const order of orders) {
      if (order.state === 'announced') due.set(order.orderDigest, () => this.#announced(order));
    }
    for (const notice of notices) {
      const key = notice.kind === 'signal' ? `${notice.id} ${notice.delivery}` : notice.id;
      due.set(key, () => this.#notice(notice, orders));
    }
    for (const [id, banner] of this.#shown) {
      if (due.has(id)) continue;
      const hadFocus = banner.contains(document.activeElement);
      banner.remove();
      if (hadFocus) this.#leave();
      this.#shown.delete(id);
    }
    for (const [id, make] of due) {
      if (this.#shown.has(id)) continue;
      const banner = make();
      this.#shown.set(id, banner);
      this.region.append(banner);
    }
  }

  #announced({ orderDigest, order, effectiveFrom }: OrderStatus): HTMLElement {
    const from = new Date(effectiveFrom).toLocaleDateString([], { dateStyle: 'medium' });
    return this.#banner({
      heading: 'Pictures will be checked on this device',
      sentence: `${inLanguage(order.summary, navigator.languages)} Checks start when you confirm, and no later than ${from}.`,
      answer: 'I have seen this',
      confirm: () => void this.#guard.acknowledgeOrder(orderDigest),
    });
  }

  #notice(notice: Notice, orders: readonly OrderStatus[]): HTMLElement {
    switch (notice.kind) {
      case 'signal':
        return this.#signal(
          notice,
          orders.find(({ orderDigest }) => orderDigest === notice.orderDigest),
        );
      case 'list-grew': {
        const { from, to } = notice;
        const sentence = `The list "${nameIn(notice)}" had ${from.records} records and has ${to.records} now.`;
        return this.#understood(notice, 'A list grew', `${sentence} ${rulesOf(notice, orders)}`);
      }
      case 'model-replaced': {
        const sentence =
          notice.through === undefined
            ? `The model "${nameIn(notice)}" was replaced by another. It may find other pictures than before.`
            : `The model "${nameIn(notice)}" was replaced by another for a while, which may have found other pictures. It finds the same as before now.`;
        return this.#understood(notice, 'A model was replaced', `${sentence} ${rulesOf(notice, orders)}`);
      }
    }
  }

  #signal(notice: SignalNotice, from: OrderStatus | undefined): HTMLElement {
    const service = from ? from.order.service.name : 'The provider of this app';
    const { delivery, receipt } = notice;
    const wasSent = delivery === 'sent';
    return this.#understood(
      notice,
      wasSent ? 'A match was signalled' : 'A match may have been signalled',
      `A file that you tried to send was a match. ${service} ${wasSent ? 'has received' : 'may have received'} an encrypted signal of 256 bytes. It contains no part of the file and no message. It names the list entry or the model, and the day${receipt ? `, under a pseudonym of your account. Its receipt is ${receipt}.` : '.'}`,
      receipt === undefined ? undefined : contestForm(receipt, this.#contests),
    );
  }

  #understood({ id }: Notice, heading: string, sentence: string, more?: HTMLElement): HTMLElement {
    const confirm = (): void => void this.#guard.acknowledgeNotice(id);
    return this.#banner({ heading, sentence, answer: 'Understood', confirm, more });
  }

  #banner({ heading, sentence, answer, confirm, more }: BannerText): HTMLElement {
    return element(
      'section',
      { class: 'banner', 'aria-label': heading },
      element('h3', {}, icon('news'), heading),
      element('p', {}, sentence),
      more,
      button({ class: 'primary' }, confirm, answer),
    );
  }
}

interface BannerText {
  heading: string;
  sentence: string;
  /** On the button that confirms. */
  answer: string;
  confirm: () => void;
  /** Between the sentence and the button. */
  more?: HTMLElement | undefined;
}

/** The reference is `source:v1/lists/NAME/manifest.json`, or the same with `models`. */
function nameIn({ reference }: ReleaseNotice): string {
  return reference.split('/').at(-2) ?? reference;
}

function rulesOf(notice: ReleaseNotice, orders: readonly OrderStatus[]): string {
  const naming = orders.filter(({ orderDigest }) => notice.orders.includes(orderDigest));
  return naming.map(({ order }) => inLanguage(order.summary, navigator.languages)).join(' ');
}
