/** What is stored counts only while it would be accepted today: pinned root, power, endpoint, rules, signatures and keys. */
import { DAY_MS, type Name, type TargetPath, type TargetReference } from '@lodestone/protocol';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { memoryStorage } from '../src/network/storage/memory.ts';
import type { Storage } from '../src/network/storage/transaction.ts';
import type { Updater } from '../src/network/updater/updater.ts';
import { planScan } from '../src/scan-plan.ts';
import { listTargets } from '../src/testing/authority.ts';
import { anUpdater } from './an-updater.ts';
import { anOrder, known, orderTargets, TEST_RECORD, World } from './world.ts';

const START = Date.UTC(2026, 10, 24, 8);
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

const opened = (change: Parameters<typeof anUpdater>[1]['options'] = {}): Promise<Updater> =>
  anUpdater(world, { storage, now: () => time, stop: stop.signal, options: change });
async function refreshed(updater?: Updater): Promise<Updater> {
  const one = updater ?? (await opened());
  await one.refresh();
  return one;
}
const listTargetsAt = (version: number) => listTargets('demo' as Name, [TEST_RECORD], { now: START, version });

const RECEIVER_KEYS = 'provider:v1/keys/receiver.json' as TargetReference;

describe('after the host ships another root, and while the network is blocked', () => {
  test('nothing that the old root signed is used', async () => {
    await refreshed();
    const other = await World.create(START);
    for (const name of ['orders', 'lists', 'provider'] as const) world.pin(name, other.pinned(name));
    world.isOffline = true;
    const updater = await refreshed();
    expect(updater.inputs()).toMatchObject({ orders: [], lists: [], models: [] });
    expect(updater.keysOf(RECEIVER_KEYS)).toBeUndefined();
  });

  test('a newer root of the same chain keeps what is stored, once the chain has reached it', async () => {
    const newer = await world.rotate('orders');
    await world.publish('orders', orderTargets(anOrder(START)), { version: 2 });
    await refreshed();
    world.pin('orders', newer);
    world.isOffline = true;
    expect((await refreshed()).inputs().orders).toHaveLength(1);
  });

  test('a tab with the older release neither undoes the newer root nor is undone by it', async () => {
    const oldPin = world.pinned('orders');
    await refreshed();
    const other = await World.create(START);
    for (const [path, bytes] of other.files) if (path.startsWith('orders/')) world.files.set(path, bytes);
    world.pin('orders', other.pinned('orders'));
    const newTab = await refreshed();
    const before = await storage.transact(['sources'], (tx) => tx.get('sources', 'orders'));
    world.pin('orders', oldPin);
    await refreshed();
    const after = await storage.transact(['sources'], (tx) => tx.get('sources', 'orders'));
    expect(after?.state.root).toEqual(before?.state.root);
    world.isOffline = true;
    await refreshed(newTab);
    expect(newTab.inputs().orders).toHaveLength(1);
  });
});

describe('an order counts only while it passes every check', () => {
  test('an order that sends to another endpoint than the host now pins', async () => {
    await refreshed();
    world.isOffline = true;
    expect((await opened({ endpoint: 'http://localhost:9/other' })).inputs().orders).toEqual([]);
  });
  test('an order of a source that the host now lists under another option, or not at all', async () => {
    await refreshed();
    world.isOffline = true;
    const { authorities } = world.options();
    const [source] = authorities.orders;
    if (!source) throw new Error('one source of orders');
    const asLists = { ...authorities, orders: [], lists: [...authorities.lists, source] };
    expect((await opened({ authorities: asLists })).inputs().orders).toEqual([]);
    expect((await opened({ authorities: { ...authorities, orders: [] } })).inputs().orders).toEqual([]);
  });
  test('an order that the rules of this release refuse', async () => {
    await refreshed();
    world.isOffline = true;
    await storage.transact(['orders'], async (tx) => {
      for (const [key, stored] of await tx.all('orders'))
        await tx.put('orders', key, { ...stored, order: { ...stored.order, surfaces: [] } });
    });
    expect((await opened()).inputs().orders).toEqual([]);
  });
});

describe('keys that a trusted newer root has revoked', () => {
  test('no longer keep an order, a list or receiver keys in force', async () => {
    const updater = await refreshed();
    for (const name of ['orders', 'lists', 'provider'] as const) await world.rotate(name);
    world.failing.add('timestamp.json'); // the thief blocks everything but the new root
    await refreshed(updater);
    expect(updater.inputs()).toMatchObject({ orders: [], lists: [] });
    expect(updater.keysOf(RECEIVER_KEYS)).toBeUndefined();
    expect((await opened()).inputs().orders).toEqual([]);
  });
  test('no longer hold a version floor: an honest list with a lower version is accepted after a fast-forward', async () => {
    await world.publish('lists', listTargetsAt(1_000_000), { version: 1_000_000 });
    const updater = await refreshed();
    expect(updater.status().lists[0]?.release?.version).toBe(1_000_000);
    await world.rotate('lists');
    await world.publish('lists', listTargetsAt(3), { version: 3 });
    await refreshed(updater);
    expect(updater.status().lists[0]).toMatchObject({ release: { version: 3 } });
  });
});

test('a list without the second signature that a newer order demands is missing for that order', async () => {
  const updater = await refreshed();
  expect(updater.inputs().lists).toHaveLength(1);
  await world.publish('orders', orderTargets(anOrder(START, { detect: [known({ alsoBy: ['other' as Name] })] })), {
    version: 2,
  });
  await refreshed(updater);
  expect(updater.inputs().orders).toHaveLength(1);
  expect(planScan(updater.inputs(), 'send')).toMatchObject({ missing: 'list-missing', plan: { lists: [] } });
  expect(planScan((await opened()).inputs(), 'send')).toMatchObject({ missing: 'list-missing', plan: { lists: [] } });
});

describe('the first contact is remembered', () => {
  test('a version that a failed first refresh accepted is not rolled back', async () => {
    const old = new Map(world.files);
    await world.publish('orders', orderTargets(anOrder(START)), { version: 2 });
    world.failing.add('orders/metadata/2.snapshot.json');
    const updater = await refreshed();
    world.failing.clear();
    for (const [path, bytes] of old) world.files.set(path, bytes);
    await refreshed(updater);
    expect(updater.status().sources.find(({ name }) => name === 'orders')?.error?.code).toBe('ERR_TRUST_ROLLBACK');
    expect(updater.inputs().orders).toEqual([]);
  });
});

test('an order whose path names another id is refused', async () => {
  const [[, bytes] = []] = orderTargets(anOrder(START));
  if (!bytes) throw new Error('one order');
  await world.publish('orders', new Map([['v1/orders/another-id.json' as TargetPath, bytes]]), { version: 2 });
  const updater = await refreshed();
  expect(updater.inputs().orders).toEqual([]);
  expect(updater.status().sources.find(({ name }) => name === 'orders')?.error?.code).toBe('ERR_TRUST_METADATA');
  time += DAY_MS;
});
