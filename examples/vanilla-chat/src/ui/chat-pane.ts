/** One person's side of the conversation: name, banners, messages and composer. */
import type { GuardStatus } from '@lodestone/client';
import type { Contests } from '../contest.ts';
import type { Device, Message } from '../device.ts';
import type { Sample } from '../configuration.ts';
import { announce } from './announce.ts';
import { Banners } from './banners.ts';
import { acceptDropsAndPastes, composer } from './composer.ts';
import { element } from './element.ts';
import { icon } from './icon.ts';
import { kindOf } from './media.ts';
import { MessageView } from './message.ts';
import { sampleTray } from './samples.ts';
import { explain } from './texts.ts';

const MARGIN_PX = 12;

export interface PaneOptions {
  trayOpen: boolean;
  contests: Contests;
  /** The line with the signed-in account. */
  account?: HTMLElement;
}

export class Pane {
  readonly section: HTMLElement;
  readonly #device: Device;
  readonly #banners: Banners;
  readonly #guardLine: HTMLElement = element('p', { class: 'guard-line' });
  readonly #messages: HTMLOListElement;
  readonly #tray: HTMLElement;
  readonly #views = new Map<string, MessageView>();

  constructor(device: Device, samples: readonly Sample[], { trayOpen, contests, account }: PaneOptions) {
    const { person, other, guard } = device;
    this.#device = device;
    this.#banners = new Banners(guard, contests, () => this.#messages.focus());
    this.#messages = element('ol', { class: 'messages', tabindex: 0, 'aria-label': `${person.name}’s messages` });
    this.#tray = this.#makeTray(samples);
    this.#tray.hidden = !trayOpen;
    this.section = element(
      'section',
      { class: 'pane', id: person.id, 'aria-labelledby': `${person.id}-name` },
      element(
        'header',
        { class: 'pane-head' },
        element('span', { class: 'avatar', 'aria-hidden': true }, person.name.slice(0, 1)),
        element(
          'div',
          {},
          element('h2', { id: `${person.id}-name` }, `${person.name}’s device`),
          element('p', { class: 'presence' }, `Chatting with ${other.name}`),
        ),
        this.#guardLine,
      ),
      account,
      this.#banners.region,
      this.#messages,
      this.#tray,
      composer(device, () => this.#toggleTray()),
      element('p', { class: 'drop-here', 'aria-hidden': true }, icon('pictures'), `Drop to send to ${other.name}`),
    );
    acceptDropsAndPastes(this.section, device);
    device.listen({
      messageChanged: (message) => this.#show(message),
      messageRemoved: (id) => this.#remove(id),
      checkChanged: () => {},
    });
    guard.subscribe(() => this.#showStatus());
    this.#showStatus();
  }

  #makeTray(samples: readonly Sample[]): HTMLElement {
    return element(
      'section',
      { class: 'tray', 'aria-label': 'Pictures and videos to try' },
      element('h3', {}, 'Try one of these'),
      element('p', {}, 'Or attach, drop or paste one of your own.'),
      sampleTray(this.#device, samples),
    );
  }

  #toggleTray(open: boolean = this.#tray.hidden !== false): void {
    this.#tray.hidden = !open;
    if (open) this.#tray.querySelector('button')?.focus();
  }

  #show(message: Message): void {
    let view = this.#views.get(message.id);
    if (!view) {
      if (message.mine && message.content.kind === 'file') this.#toggleTray(false); // the message needs the space
      view = new MessageView(this.#device);
      this.#views.set(message.id, view);
      this.#messages.append(view.item);
    }
    view.show(message);
    // Scrolls to the end, or to the first line of a last message that is taller than the view.
    if (view.item === this.#messages.lastElementChild) this.#messages.scrollTop = view.item.offsetTop - MARGIN_PX;
    this.#say(message);
  }

  #remove(id: string): void {
    const item = this.#views.get(id)?.item;
    if (item?.contains(document.activeElement)) this.#messages.focus();
    item?.remove();
    this.#views.delete(id);
  }

  #say({ mine, content, standing }: Message): void {
    const { person, other } = this.#device;
    if (content.kind === 'text') {
      if (!mine) announce(`${other.name} to ${person.name}: ${content.text}`);
    } else if (standing.is === 'through') {
      const kind = kindOf(content.file);
      announce(
        mine ? `${person.name}: the ${kind} was sent.` : `${person.name}: a ${kind} from ${other.name} is shown.`,
      );
    } else if (standing.is !== 'checking') {
      const { heading, sentence } = explain(standing.check, { mine });
      announce(`${person.name}: ${heading}. ${sentence}`);
    }
  }

  #showStatus(): void {
    this.#banners.show();
    const { words, state } = guardLine(this.#device.guard.status, this.#device.guard.appliesTo({ surface: 'send' }));
    // For the tests, which wait until a match counts.
    this.#guardLine.dataset['armed'] = String(isArmed(this.#device.guard.status));
    if (this.#guardLine.dataset['state'] === state) return;
    this.#guardLine.dataset['state'] = state;
    this.#guardLine.replaceChildren(icon(state === 'on' ? 'shield-check' : 'shield'), words);
  }
}

/** Whether matches under all orders that may signal would be counted. */
function isArmed({ orders, outbox }: GuardStatus): boolean {
  const signalling = orders.filter(({ state, order }) => state === 'in-force' && order.receiver);
  return signalling.length > 0 && signalling.every(({ orderDigest }) => outbox.armed.includes(orderDigest));
}

function guardLine(
  { state, sandbox, sources, orders }: GuardStatus,
  isChecked: boolean,
): { words: string; state: string } {
  if (sandbox.state === 'failed') return { words: 'Checks failed to start', state: 'failed' };
  const publishers = sources.filter(({ power }) => power !== 'lists');
  const asked = publishers.some(({ refreshed, error }) => refreshed ?? error);
  if (state !== 'ready' || !asked || sandbox.state === 'starting') return { words: 'Getting ready', state: 'starting' };
  const isInForce = orders.some((order) => order.state === 'in-force');
  if (isChecked && !isInForce) return { words: 'It is not known yet what to check', state: 'unknown' };
  if (!isChecked) return { words: 'Checks are off', state: 'off' };
  return { words: 'Checked on device', state: 'on' };
}
