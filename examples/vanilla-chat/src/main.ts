/** The page: two people with one device each, and an inspector. */
import './style/page.css';
import './style/chat.css';
import './style/inspector.css';
import type { Sample, ServedConfiguration } from './configuration.ts';
import type { Person } from './device.ts';
import { DeviceSlot } from './device-slot.ts';
import { connect } from './encrypted-channel.ts';
import { Inspector } from './inspector/inspector.ts';
import { element } from './ui/element.ts';
import { viewSwitch } from './ui/view-switch.ts';

const ALICE: Person = { id: 'alice', name: 'Alice' };
const BOB: Person = { id: 'bob', name: 'Bob' };

async function start(page: HTMLElement): Promise<void> {
  const [configuration, samples, [one, other]] = await Promise.all([
    read<ServedConfiguration>('lodestone.json'),
    read<Sample[]>('samples/samples.json'),
    connect(),
  ]);
  const shared = { configuration, samples };
  const [alice, bob] = await Promise.all([
    DeviceSlot.open({
      ...shared,
      person: ALICE,
      other: BOB,
      accounts: [
        { name: 'alice', label: 'Alice' },
        { name: 'alice-work', label: 'Alice at work' },
      ],
      channel: one,
      trayOpen: true,
    }),
    DeviceSlot.open({
      ...shared,
      person: BOB,
      other: ALICE,
      accounts: [{ name: 'bob', label: 'Bob' }],
      channel: other,
      trayOpen: false,
    }),
  ]);
  const inspector = new Inspector([alice.device, bob.device]);
  for (const slot of [alice, bob]) slot.onSwitch = (old, device) => inspector.replace(old, device);
  page.replaceChildren(alice.section, bob.section, inspector.section);
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
