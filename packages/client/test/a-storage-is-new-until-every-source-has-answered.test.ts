/** In a new storage orders act immediately and wait to be acknowledged; afterwards a wider order is announced first. */
import { DAY_MS } from '@lodestone/protocol';
import { expect, test } from 'vitest';
import { aDevice } from './a-device.ts';
import { anOrder, keyTargets, orderTargets } from './world.ts';

const START = Date.UTC(2026, 10, 24, 8);
const HOUR = 3_600_000;
const device = aDevice(START);

test('a source that was dark for a day is announced when it answers', async () => {
  device.world.failing.add('/orders/');
  const updater = await device.refreshed();
  device.time = START + 25 * HOUR;
  device.world.failing.clear();
  await device.refreshed(updater);
  expect(updater.status().orders).toMatchObject([{ state: 'announced', acknowledged: false }]);
  expect(updater.inputs().orders).toEqual([]);
});

test('a source that answers within a day acts immediately, and stays unacknowledged until the host confirms', async () => {
  device.world.failing.add('/orders/');
  const updater = await device.refreshed();
  device.time = START + 23 * HOUR;
  device.world.failing.clear();
  await device.refreshed(updater);
  expect(updater.status().orders).toMatchObject([{ state: 'in-force', acknowledged: false }]);
  await updater.acknowledgeOrder(updater.status().orders[0]?.orderDigest ?? '');
  expect(updater.status().orders).toMatchObject([{ state: 'in-force', acknowledged: true }]);
  expect((await device.opened()).status().orders).toMatchObject([{ state: 'in-force', acknowledged: true }]);
});

test('one failed request at first contact delays no order by seven days', async () => {
  device.world.failing.add('orders/targets/');
  const updater = await device.refreshed();
  expect(updater.status().orders).toEqual([]);
  device.world.failing.clear();
  await device.refreshed(updater);
  expect(updater.status().orders).toMatchObject([{ state: 'in-force' }]);
});

test('a source that the host adds later is announced', async () => {
  await device.refreshed();
  await device.world.publish('provider', new Map([...keyTargets(START), ...orderTargets(wide())]), { version: 2 });
  const updater = await device.refreshed();
  expect(updater.status().orders.find(({ source }) => source === 'provider')?.state).toBe('announced');
});

test('a clock that is set back does not keep a storage new for more than another day', async () => {
  device.world.failing.add('/lists/');
  await device.refreshed();
  device.time = START - 400 * DAY_MS;
  await device.opened();
  device.time += 25 * HOUR;
  await device.world.publish('provider', new Map([...keyTargets(START), ...orderTargets(wide())]), { version: 2 });
  const updater = await device.refreshed();
  const order = updater.status().orders.find(({ source }) => source === 'provider');
  expect(Date.parse(order?.effectiveFrom ?? '')).toBeGreaterThan(Math.max(device.time, START));
});

test('an order that is not wider counts as acknowledged', async () => {
  const updater = await device.refreshed();
  await updater.acknowledgeOrder(updater.status().orders[0]?.orderDigest ?? '');
  await device.world.publish('orders', orderTargets(anOrder(START, { surfaces: ['send'] })), { version: 2 });
  await device.refreshed(updater);
  expect(updater.status().orders).toMatchObject([{ state: 'in-force', acknowledged: true }]);
});

function wide() {
  return anOrder(START, { id: 'policy' as never, basis: 'provider-policy', surfaces: ['send', 'profile'] });
}
