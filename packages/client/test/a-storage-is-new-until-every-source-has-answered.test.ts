/** In a new storage orders act immediately and wait to be acknowledged; afterwards a wider order is announced first. */
import { DAY_MS } from '@lodestone/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { memoryStorage } from '../src/network/storage/memory.ts';
import type { Storage } from '../src/network/storage/transaction.ts';
import type { Updater } from '../src/network/updater/updater.ts';
import { anUpdater } from './an-updater.ts';
import { anOrder, keyTargets, orderTargets, World } from './world.ts';

const START = Date.UTC(2026, 10, 24, 8);
const HOUR = 3_600_000;
let world: World;
let storage: Storage;
let stop: AbortController;
let time = START;

beforeEach(async () => {
  time = START;
  world = await World.create(START);
  storage = memoryStorage();
  stop = new AbortController();
  vi.stubGlobal('fetch', world.fetch);
});
afterEach(() => {
  stop.abort();
  vi.unstubAllGlobals();
});

const opened = (): Promise<Updater> => anUpdater(world, { storage, now: () => time, stop: stop.signal });
async function refreshed(updater?: Updater): Promise<Updater> {
  const one = updater ?? (await opened());
  await one.refresh();
  return one;
}

test('a source that was dark for a day is announced when it answers', async () => {
  world.failing.add('/orders/');
  const updater = await refreshed();
  time = START + 25 * HOUR;
  world.failing.clear();
  await refreshed(updater);
  expect(updater.status().orders).toMatchObject([{ state: 'announced', acknowledged: false }]);
  expect(updater.inputs().orders).toEqual([]);
});

test('a source that answers within a day acts immediately, and stays unacknowledged until the host confirms', async () => {
  world.failing.add('/orders/');
  const updater = await refreshed();
  time = START + 23 * HOUR;
  world.failing.clear();
  await refreshed(updater);
  expect(updater.status().orders).toMatchObject([{ state: 'in-force', acknowledged: false }]);
  await updater.acknowledgeOrder(updater.status().orders[0]?.orderDigest ?? '');
  expect(updater.status().orders).toMatchObject([{ state: 'in-force', acknowledged: true }]);
  expect((await opened()).status().orders).toMatchObject([{ state: 'in-force', acknowledged: true }]);
});

test('one failed request at first contact delays no order by seven days', async () => {
  world.failing.add('orders/targets/');
  const updater = await refreshed();
  expect(updater.status().orders).toEqual([]);
  world.failing.clear();
  await refreshed(updater);
  expect(updater.status().orders).toMatchObject([{ state: 'in-force' }]);
});

test('a source that the host adds later is announced', async () => {
  await refreshed();
  await world.publish('provider', new Map([...keyTargets(START), ...orderTargets(wide())]), { version: 2 });
  const updater = await refreshed();
  expect(updater.status().orders.find(({ source }) => source === 'provider')?.state).toBe('announced');
});

test('a clock that is set back does not keep a storage new for more than another day', async () => {
  world.failing.add('/lists/');
  await refreshed();
  time = START - 400 * DAY_MS;
  await opened();
  time += 25 * HOUR;
  await world.publish('provider', new Map([...keyTargets(START), ...orderTargets(wide())]), { version: 2 });
  const updater = await refreshed();
  const order = updater.status().orders.find(({ source }) => source === 'provider');
  expect(Date.parse(order?.effectiveFrom ?? '')).toBeGreaterThan(Math.max(time, START));
});

test('an order that is not wider counts as acknowledged', async () => {
  const updater = await refreshed();
  await updater.acknowledgeOrder(updater.status().orders[0]?.orderDigest ?? '');
  await world.publish('orders', orderTargets(anOrder(START, { surfaces: ['send'] })), { version: 2 });
  await refreshed(updater);
  expect(updater.status().orders).toMatchObject([{ state: 'in-force', acknowledged: true }]);
});

function wide() {
  return anOrder(START, { id: 'policy' as never, basis: 'provider-policy', surfaces: ['send', 'profile'] });
}
