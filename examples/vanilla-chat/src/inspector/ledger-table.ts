/** The ledger as a table: one row for each request of the SDK and each note about a change of what is scanned. */
import type { Ledger } from '@lodestone/client';
import { button, element } from '../ui/element.ts';
import { icon } from '../ui/icon.ts';
import { sizeOf } from '../ui/texts.ts';
import { short } from './orders-and-lists.ts';

export type Entry = Awaited<ReturnType<Ledger['entries']>>[number];

export class LedgerTable {
  readonly #body: HTMLTableSectionElement = element('tbody', {});
  readonly section: HTMLElement;
  #shown = -1;
  #ledger: Ledger;
  readonly #fileName: () => string;

  constructor(ledger: Ledger, fileName: () => string) {
    this.#ledger = ledger;
    this.#fileName = fileName;
    const head = ['Request or note', 'Sent', 'Received'].map((name) => element('th', { scope: 'col' }, name));
    this.section = element(
      'section',
      { 'aria-labelledby': 'ledger-title' },
      element(
        'div',
        { class: 'ledger-head' },
        element('h3', { id: 'ledger-title' }, 'Ledger: the SDK’s own account of its requests'),
        button({ class: 'small' }, () => void this.#export(), icon('download'), 'Export'),
      ),
      element(
        'table',
        { 'aria-labelledby': 'ledger-title' },
        element('thead', {}, element('tr', {}, ...head)),
        this.#body,
      ),
    );
  }

  /** Switches to another device's ledger. */
  of(ledger: Ledger): void {
    this.#ledger = ledger;
    this.#shown = -1;
    this.#body.replaceChildren();
  }

  /** Adds new entries, newest first. Existing entries never change. */
  add(entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (entry.seq <= this.#shown) continue;
      this.#shown = entry.seq;
      this.#body.prepend(row(entry));
    }
  }

  async #export(): Promise<void> {
    const url = URL.createObjectURL(await this.#ledger.export());
    element('a', { href: url, download: this.#fileName() }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000); // by then the browser has started to read the URL
  }
}

function row(entry: Entry): HTMLTableRowElement {
  const time = entry.time.slice(11, 19);
  if (entry.type === 'note') {
    const what = element('span', {}, `note · ${entry.note}`);
    const of = element('span', { class: 'address' }, `${time} · ${short(entry.of)}`);
    return element('tr', { class: 'note' }, element('td', {}, what, of), element('td', {}), element('td', {}));
  }
  const { purpose, method, origin, path, request, response } = entry;
  const address = `${new URL(origin).host}${path.replaceAll(/[0-9a-f]{64}/g, (digest) => `${digest.slice(0, 6)}…`)}`;
  return element(
    'tr',
    { 'data-purpose': purpose },
    element(
      'td',
      {},
      element('span', {}, `${purpose} · ${method} · ${response.status === 0 ? 'no answer' : response.status}`),
      element('span', { class: 'address' }, `${time} · ${address}`),
    ),
    element('td', { class: 'figure' }, sizeOf(request.bytes)),
    element('td', { class: 'figure' }, sizeOf(response.bytes)),
  );
}
