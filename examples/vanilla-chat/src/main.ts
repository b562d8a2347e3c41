/** The page: two people with one device each, and an inspector. */
import './style/page.css';
import './style/chat.css';
import './style/inspector.css';
import type { Guard } from '@lodestone/client';
import { Device, type Person } from './device.ts';
import { Inspector } from './inspector/inspector.ts';
import { openGuard } from './lodestone.ts';
import type { Sample, ServedConfiguration } from './configuration.ts';
import { element } from './ui/element.ts';
import { Pane } from './ui/chat-pane.ts';
import { viewSwitch } from './ui/view-switch.ts';
import { connect } from './encrypted-channel.ts';

const ALICE: Person = { id: 'alice', name: 'Alice' };
const BOB: Person = { id: 'bob', name: 'Bob' };

async function start(page: HTMLElement): Promise<void> {
  const [configuration, samples, [one, other]] = await Promise.all([
    read<ServedConfiguration>('lodestone.json'),
    read<Sample[]>('samples/samples.json'),
    connect(),
  ]);
  const guardOf = ({ id }: Person): Guard => openGuard(configuration.accounts[id] ?? id, configuration);
  const alice = new Device(ALICE, BOB, guardOf(ALICE), one);
  const bob = new Device(BOB, ALICE, guardOf(BOB), other);
  const panes = [new Pane(alice, samples, { trayOpen: true }), new Pane(bob, samples, { trayOpen: false })];
  const inspector = new Inspector([alice, bob]);
  page.replaceChildren(...panes.map(({ section }) => section), inspector.section);
  document.body.append(viewSwitch([ALICE.id, BOB.id, 'inspector']));
}

async function read<T>(address: string): Promise<T> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return (await response.json()) as T; // the page's own server, of the same build
}

const page = document.querySelector('main');
if (page) {
  start(page).catch((error: unknown) => {
    page.replaceChildren(element('p', { class: 'failed', role: 'alert' }, `The chat did not start: ${String(error)}`));
    throw error;
  });
}
