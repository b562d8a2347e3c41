/** Clocks: set back, set far ahead, and repaired, on the device and at the authority. */
import { DAY_MS } from '@lodestone/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Updater } from '../src/network/updater/updater.ts';
import { aDevice } from './a-device.ts';
import { anOrder, keyTargets, orderTargets } from './world.ts';

const START = Date.UTC(2026, 10, 24, 8);
const END = START + 30 * DAY_MS;
const device = aDevice(START);
const publishAt = (version: number, now: number, order = anOrder(START)): Promise<void> =>
  device.world.publish('orders', orderTargets(order), { version, now });
const stateOf = (updater: Updater): string | undefined => updater.status().orders[0]?.state;

describe('a clock that is set back', () => {
  test('does not revive an ended order, also not after the next refresh', async () => {
    await device.refreshed();
    device.time = END + DAY_MS;
    await device.opened(); // a start records which orders have ended
    await publishAt(2, END + DAY_MS);
    device.time = START + DAY_MS;
    const updater = await device.refreshed();
    expect(stateOf(updater)).toBe('ended');
    expect(updater.inputs().orders).toEqual([]);
  });
  test('does not prolong an order beyond the time that its source, or the provider, has signed', async () => {
    await device.refreshed();
    await publishAt(2, END + DAY_MS);
    device.time = START + DAY_MS;
    expect((await device.refreshed()).inputs().orders).toEqual([]);
  });
  test('does not prolong it while its own source is blocked and the provider answers', async () => {
    await device.refreshed();
    await device.world.publish('provider', keyTargets(START), { version: 2, now: END + DAY_MS });
    device.world.failing.add('/orders/');
    device.time = START + DAY_MS;
    expect((await device.refreshed()).inputs().orders).toEqual([]);
  });
});

describe('a clock that is set back after an order has taken effect', () => {
  const later = START + 3_600_000;
  beforeEach(() => {
    device.time = later; // the newest signed time is an hour old
  });
  const isBack = async (): Promise<string | undefined> => {
    device.time = START - 365 * DAY_MS;
    return stateOf(await device.opened());
  };

  test('does not announce again what took effect in a new storage', async () => {
    await device.refreshed();
    expect(await isBack()).toBe('in-force');
  });
  test('does not announce again a version that asks for no more', async () => {
    await device.refreshed();
    await publishAt(2, START, anOrder(START, { surfaces: ['send'] }));
    expect((await device.refreshed()).inputs().orders).toHaveLength(1);
    expect(await isBack()).toBe('in-force');
  });
  test('does not announce again what the user has acknowledged', async () => {
    await device.refreshed();
    const wider = anOrder(START, { surfaces: ['send', 'receive', 'profile'] });
    await publishAt(2, START, wider);
    const updater = await device.refreshed();
    const states = (one: Updater): unknown[] =>
      one.status().orders.flatMap(({ order, state }) => (order.surfaces.includes('profile') ? [state] : []));
    expect(states(updater)).toEqual(['announced']);
    for (const { orderDigest } of updater.status().orders) await updater.acknowledgeOrder(orderDigest);
    expect(states(updater)).toEqual(['in-force']);
    device.time = START - 365 * DAY_MS;
    expect(states(await device.opened())).toEqual(['in-force']);
  });
});

describe('a clock that is far ahead', () => {
  test('ends nothing for good: with the right time and a newer timestamp the order is in force again', async () => {
    await device.refreshed();
    device.time = START + 400 * DAY_MS;
    await device.refreshed(); // every timestamp has expired
    device.time = START + DAY_MS;
    expect((await device.opened()).inputs().orders).toEqual([]);
    await publishAt(2, START + DAY_MS);
    expect((await device.refreshed()).inputs().orders).toHaveLength(1);
  });
  test('delays an announced order by no more than seven days after it is right again', async () => {
    await device.refreshed();
    device.time = START + 300 * DAY_MS;
    await device.world.publish(
      'orders',
      orderTargets(anOrder(START, { surfaces: ['send', 'receive', 'profile'], notAfter: anOrder(END).notAfter })),
      { version: 2, now: device.time },
    );
    await device.refreshed();
    device.time = START;
    const updater = await device.opened();
    await device.world.publish('orders', orderTargets(anOrder(START, { surfaces: ['send', 'receive', 'profile'] })), {
      version: 3,
      now: START,
    });
    await device.refreshed(updater);
    for (const { effectiveFrom } of updater.status().orders)
      expect(Date.parse(effectiveFrom)).toBeLessThanOrEqual(START + 7 * DAY_MS);
  });
  test('on the machine of an authority, it ends nothing for good either', async () => {
    await device.refreshed();
    await publishAt(2, START + 4_000 * DAY_MS);
    const updater = await device.refreshed();
    expect(updater.inputs().orders).toEqual([]);
    await publishAt(3, START + DAY_MS);
    await device.refreshed(updater);
    expect(updater.inputs().orders).toHaveLength(1);
  });
  test('on the machine of a list authority, it does not touch orders of other sources', async () => {
    await device.refreshed();
    await device.world.publish('lists', new Map(), { version: 2, now: START + 4_000 * DAY_MS });
    expect((await device.refreshed()).inputs().orders).toHaveLength(1);
  });
});

describe('a source that is silent', () => {
  const EXPIRES = START + 7 * DAY_MS;
  test('keeps its orders in force for 14 days after its timestamp expired; then they are unknown, and nothing is deleted', async () => {
    await device.refreshed();
    device.world.isOffline = true;
    device.time = EXPIRES + 14 * DAY_MS - 1_000;
    const updater = await device.refreshed();
    expect(updater.inputs()).toMatchObject({ orders: [{ source: 'orders' }], unknown: [] });
    device.time = EXPIRES + 14 * DAY_MS + 1_000;
    expect(updater.inputs()).toMatchObject({ orders: [], unknown: [{ source: 'orders' }] });
    expect(stateOf(updater)).toBe('unknown');
    await device.refreshed(updater);
    expect(await device.storage.transact(['orders'], (tx) => tx.all('orders'))).toHaveLength(1);
    expect(await device.storage.transact(['files'], (tx) => tx.all('files'))).toHaveLength(1);
  });
  test('that answers again brings its orders back, without an announcement', async () => {
    await device.refreshed();
    device.time = EXPIRES + 15 * DAY_MS;
    await publishAt(2, device.time);
    const updater = await device.refreshed();
    expect(updater.inputs()).toMatchObject({ orders: [{ source: 'orders' }], unknown: [] });
  });
  test('whose orders end while they are unknown: they have ended', async () => {
    await device.refreshed();
    device.time = END;
    expect((await device.opened()).inputs()).toMatchObject({ orders: [], unknown: [] });
  });
});
