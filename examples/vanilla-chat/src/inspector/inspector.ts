/** The inspector: the checks on both devices; for one device, its orders, lists and requests. */
import type { Device } from '../device.ts';
import { button, element } from '../ui/element.ts';
import { inForce, short } from './orders-and-lists.ts';
import { type Entry, LedgerTable } from './ledger-table.ts';
import { CheckList } from './check-list.ts';
import { signalBytes } from './signal-bytes.ts';

/** The ledger has no change event, so the inspector polls it while the page is visible. */
const READ_AGAIN_MS = 1_000;

export class Inspector {
  readonly section: HTMLElement;
  readonly #devices: Device[];
  #device: Device;
  readonly #checks = new CheckList();
  readonly #tiles: HTMLElement = element('dl', { class: 'tiles' });
  readonly #inForce: HTMLElement = element('div', { class: 'in-force' });
  readonly #ledger: LedgerTable;
  readonly #switch: readonly HTMLButtonElement[];
  /** The requests of the selected device when its ledger was last read. */
  #requests: readonly Extract<Entry, { type: 'request' }>[] = [];

  constructor(devices: readonly [Device, ...Device[]]) {
    this.#devices = [...devices];
    this.#device = devices[0];
    this.#ledger = new LedgerTable(this.#device.guard.ledger, () => `ledger-${this.#device.person.id}.ndjson`);
    this.#switch = devices.map(({ person }, i) =>
      button({ class: 'segment' }, () => this.#turnTo(this.#devices[i] ?? this.#device), `${person.name}’s device`),
    );
    this.section = element(
      'section',
      { id: 'inspector', class: 'inspector', 'aria-labelledby': 'inspector-title' },
      element(
        'header',
        {},
        element('h2', { id: 'inspector-title' }, 'Inspector'),
        element('p', {}, 'Every check on this page, and the SDK’s ledger of its requests.'),
      ),
      this.#checks.section,
      this.#deviceSection(),
    );
    for (const device of devices) this.#observe(device);
    setInterval(() => document.visibilityState === 'visible' && void this.#readLedger(), READ_AGAIN_MS);
    this.#turnTo(this.#device);
  }

  /** Another account is signed in on a device: the inspector follows. */
  replace(old: Device, device: Device): void {
    this.#devices.splice(this.#devices.indexOf(old), 1, device);
    this.#observe(device);
    if (this.#device === old) this.#turnTo(device);
  }

  #observe(device: Device): void {
    device.listen({
      messageChanged: () => {},
      messageRemoved: () => {},
      checkChanged: (record) => {
        this.#checks.show(record, device.guard.status);
        void this.#readLedger();
      },
    });
    device.guard.subscribe(() => device === this.#device && void this.#show());
  }

  #deviceSection(): HTMLElement {
    return element(
      'section',
      { class: 'device', 'aria-label': 'One device' },
      element('div', { class: 'segments', role: 'group', 'aria-label': 'Device to inspect' }, ...this.#switch),
      this.#tiles,
      element(
        'section',
        { 'aria-labelledby': 'in-force-title' },
        element('h3', { id: 'in-force-title' }, 'In force'),
        this.#inForce,
      ),
      this.#ledger.section,
      signalBytes(),
    );
  }

  #turnTo(device: Device): void {
    this.#device = device;
    this.#switch.forEach((choice, i) => choice.setAttribute('aria-pressed', String(this.#devices[i] === device)));
    this.#ledger.of(device.guard.ledger);
    this.#requests = [];
    void this.#show();
  }

  async #show(): Promise<void> {
    this.#inForce.replaceChildren(...inForce(this.#device.guard.status));
    this.#showTiles();
    await this.#readLedger();
  }

  async #readLedger(): Promise<void> {
    const { guard } = this.#device;
    if (guard.status.state === 'disposed') return; // signed out: the last entries stay visible
    const entries = await guard.ledger.entries();
    if (guard !== this.#device.guard) return;
    this.#ledger.add(entries);
    this.#requests = entries.filter((entry) => entry.type === 'request');
    this.#showTiles();
  }

  #showTiles(): void {
    const { sandbox, outbox, storage } = this.#device.guard.status;
    const requests = this.#requests;
    const sent = requests.reduce((sum, { request }) => sum + request.bytes, 0);
    const signals = requests.filter(({ purpose }) => purpose === 'signal').length;
    const build = sandbox.state === 'ready' ? `build ${short(sandbox.build)}` : '';
    this.#tiles.replaceChildren(
      tile(
        'Sandbox',
        sandbox.state === 'none' ? 'not needed' : sandbox.state,
        sandbox.state === 'failed' ? sandbox.error.code : build,
      ),
      tile(
        'Bytes sent',
        String(sent),
        `${signals} ${signals === 1 ? 'signal' : 'signals'}, ${requests.length} requests`,
      ),
      tile(
        'Last request to the receiver',
        outbox.error ? 'failed' : 'no error',
        outbox.error?.code ?? 'it is repeated if it fails',
      ),
      tile('Storage', storage, storage === 'memory' ? 'lost when this page closes' : 'in the browser'),
    );
  }
}

function tile(name: string, figure: string, note: string): HTMLElement {
  return element(
    'div',
    { class: 'tile' },
    element('dt', {}, name),
    element('dd', {}, figure),
    element('dd', { class: 'tile-note' }, note),
  );
}
