/** What is stored counts only while it would be accepted today: pinned root, power, endpoint, rules, signatures and keys. */
import { DAY_MS, type Name, type TargetPath, type TargetReference } from '@lodestone/protocol';
import { describe, expect, test } from 'vitest';
import { planScan } from '../src/scan-plan.ts';
import { listTargets } from '../src/testing/authority.ts';
import { aDevice } from './a-device.ts';
import { anOrder, known, orderTargets, TEST_RECORD, World } from './world.ts';

const START = Date.UTC(2026, 10, 24, 8);
const device = aDevice(START);
const listTargetsAt = (version: number) => listTargets('demo' as Name, [TEST_RECORD], { now: START, version });

const RECEIVER_KEYS = 'provider:v1/keys/receiver.json' as TargetReference;

describe('after the host ships another root, and while the network is blocked', () => {
  test('nothing that the old root signed is used', async () => {
    await device.refreshed();
    const other = await World.create(START);
    for (const name of ['orders', 'lists', 'provider'] as const) device.world.pin(name, other.pinned(name));
    device.world.isOffline = true;
    const updater = await device.refreshed();
    expect(updater.inputs()).toMatchObject({ orders: [], lists: [], models: [] });
    expect(updater.keysOf(RECEIVER_KEYS)).toBeUndefined();
  });

  test('a newer root of the same chain keeps what is stored, once the chain has reached it', async () => {
    const newer = await device.world.rotate('orders');
    await device.world.publish('orders', orderTargets(anOrder(START)), { version: 2 });
    await device.refreshed();
    device.world.pin('orders', newer);
    device.world.isOffline = true;
    expect((await device.refreshed()).inputs().orders).toHaveLength(1);
  });

  test('a tab with the older release neither undoes the newer root nor is undone by it', async () => {
    const oldPin = device.world.pinned('orders');
    await device.refreshed();
    const other = await World.create(START);
    for (const [path, bytes] of other.files) if (path.startsWith('orders/')) device.world.files.set(path, bytes);
    device.world.pin('orders', other.pinned('orders'));
    const newTab = await device.refreshed();
    const before = await device.storage.transact(['sources'], (tx) => tx.get('sources', 'orders'));
    device.world.pin('orders', oldPin);
    await device.refreshed();
    const after = await device.storage.transact(['sources'], (tx) => tx.get('sources', 'orders'));
    expect(after?.state.root).toEqual(before?.state.root);
    device.world.isOffline = true;
    await device.refreshed(newTab);
    expect(newTab.inputs().orders).toHaveLength(1);
  });
});

describe('an order counts only while it passes every check', () => {
  test('an order that sends to another endpoint than the host now pins', async () => {
    await device.refreshed();
    device.world.isOffline = true;
    expect((await device.opened({ endpoint: 'http://localhost:9/other' })).inputs().orders).toEqual([]);
  });
  test('an order of a source that the host now lists under another option, or not at all', async () => {
    await device.refreshed();
    device.world.isOffline = true;
    const { authorities } = device.world.options();
    const [source] = authorities.orders;
    if (!source) throw new Error('one source of orders');
    const asLists = { ...authorities, orders: [], lists: [...authorities.lists, source] };
    expect((await device.opened({ authorities: asLists })).inputs().orders).toEqual([]);
    expect((await device.opened({ authorities: { ...authorities, orders: [] } })).inputs().orders).toEqual([]);
  });
  test('an order that the rules of this release refuse', async () => {
    await device.refreshed();
    device.world.isOffline = true;
    await device.storage.transact(['orders'], async (tx) => {
      for (const [key, stored] of await tx.all('orders'))
        await tx.put('orders', key, { ...stored, order: { ...stored.order, surfaces: [] } });
    });
    expect((await device.opened()).inputs().orders).toEqual([]);
  });
});

describe('keys that a trusted newer root has revoked', () => {
  test('no longer keep an order, a list or receiver keys in force', async () => {
    const updater = await device.refreshed();
    for (const name of ['orders', 'lists', 'provider'] as const) await device.world.rotate(name);
    device.world.failing.add('timestamp.json'); // the thief blocks everything but the new root
    await device.refreshed(updater);
    expect(updater.inputs()).toMatchObject({ orders: [], lists: [] });
    expect(updater.keysOf(RECEIVER_KEYS)).toBeUndefined();
    expect((await device.opened()).inputs().orders).toEqual([]);
  });
  test('no longer hold a version floor: an honest list with a lower version is accepted after a fast-forward', async () => {
    await device.world.publish('lists', listTargetsAt(1_000_000), { version: 1_000_000 });
    const updater = await device.refreshed();
    expect(updater.status().lists[0]?.release?.version).toBe(1_000_000);
    await device.world.rotate('lists');
    await device.world.publish('lists', listTargetsAt(3), { version: 3 });
    await device.refreshed(updater);
    expect(updater.status().lists[0]).toMatchObject({ release: { version: 3 } });
  });
});

test('a list without the second signature that a newer order demands is missing for that order', async () => {
  const updater = await device.refreshed();
  expect(updater.inputs().lists).toHaveLength(1);
  await device.world.publish(
    'orders',
    orderTargets(anOrder(START, { detect: [known({ alsoBy: ['other' as Name] })] })),
    {
      version: 2,
    },
  );
  await device.refreshed(updater);
  expect(updater.inputs().orders).toHaveLength(1);
  expect(planScan(updater.inputs(), 'send')).toMatchObject({ missing: 'list-missing', plan: { lists: [] } });
  expect(planScan((await device.opened()).inputs(), 'send')).toMatchObject({
    missing: 'list-missing',
    plan: { lists: [] },
  });
});

describe('the first contact is remembered', () => {
  test('a version that a failed first refresh accepted is not rolled back', async () => {
    const old = new Map(device.world.files);
    await device.world.publish('orders', orderTargets(anOrder(START)), { version: 2 });
    device.world.failing.add('orders/metadata/2.snapshot.json');
    const updater = await device.refreshed();
    device.world.failing.clear();
    for (const [path, bytes] of old) device.world.files.set(path, bytes);
    await device.refreshed(updater);
    expect(updater.status().sources.find(({ name }) => name === 'orders')?.error?.code).toBe('ERR_TRUST_ROLLBACK');
    expect(updater.inputs().orders).toEqual([]);
  });
});

test('an order whose path names another id is refused', async () => {
  const [[, bytes] = []] = orderTargets(anOrder(START));
  if (!bytes) throw new Error('one order');
  await device.world.publish('orders', new Map([['v1/orders/another-id.json' as TargetPath, bytes]]), { version: 2 });
  const updater = await device.refreshed();
  expect(updater.inputs().orders).toEqual([]);
  expect(updater.status().sources.find(({ name }) => name === 'orders')?.error?.code).toBe('ERR_TRUST_METADATA');
  device.time += DAY_MS;
});
