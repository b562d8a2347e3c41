/** Clocks: set back, set far ahead, and repaired, on the device and at the authority. */
import { DAY_MS } from '@lodestone/protocol';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { memoryStorage } from '../src/network/storage/memory.ts';
import type { Storage } from '../src/network/storage/transaction.ts';
import type { Updater } from '../src/network/updater/updater.ts';
import { anUpdater } from './an-updater.ts';
import { anOrder, keyTargets, orderTargets, World } from './world.ts';

const START = Date.UTC(2026, 10, 24, 8);
const END = START + 30 * DAY_MS;
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
const publishAt = (version: number, now: number, order = anOrder(START)): Promise<void> =>
  world.publish('orders', orderTargets(order), { version, now });
const stateOf = (updater: Updater): string | undefined => updater.status().orders[0]?.state;

describe('a clock that is set back', () => {
  test('does not revive an ended order, also not after the next refresh', async () => {
    await refreshed();
    time = END + DAY_MS;
    await opened(); // a start records which orders have ended
    await publishAt(2, END + DAY_MS);
    time = START + DAY_MS;
    const updater = await refreshed();
    expect(stateOf(updater)).toBe('ended');
    expect(updater.inputs().orders).toEqual([]);
  });
  test('does not prolong an order beyond the time that its source, or the provider, has signed', async () => {
    await refreshed();
    await publishAt(2, END + DAY_MS);
    time = START + DAY_MS;
    expect((await refreshed()).inputs().orders).toEqual([]);
  });
  test('does not prolong it while its own source is blocked and the provider answers', async () => {
    await refreshed();
    await world.publish('provider', keyTargets(START), { version: 2, now: END + DAY_MS });
    world.failing.add('/orders/');
    time = START + DAY_MS;
    expect((await refreshed()).inputs().orders).toEqual([]);
  });
});

describe('a clock that is set back after an order has taken effect', () => {
  const later = START + 3_600_000;
  beforeEach(() => {
    time = later; // the newest signed time is an hour old
  });
  const isBack = async (): Promise<string | undefined> => {
    time = START - 365 * DAY_MS;
    return stateOf(await opened());
  };

  test('does not announce again what took effect in a new storage', async () => {
    await refreshed();
    expect(await isBack()).toBe('in-force');
  });
  test('does not announce again a version that asks for no more', async () => {
    await refreshed();
    await publishAt(2, START, anOrder(START, { surfaces: ['send'] }));
    expect((await refreshed()).inputs().orders).toHaveLength(1);
    expect(await isBack()).toBe('in-force');
  });
  test('does not announce again what the user has acknowledged', async () => {
    await refreshed();
    const wider = anOrder(START, { surfaces: ['send', 'receive', 'profile'] });
    await publishAt(2, START, wider);
    const updater = await refreshed();
    const states = (one: Updater): unknown[] =>
      one.status().orders.flatMap(({ order, state }) => (order.surfaces.includes('profile') ? [state] : []));
    expect(states(updater)).toEqual(['announced']);
    for (const { orderDigest } of updater.status().orders) await updater.acknowledgeOrder(orderDigest);
    expect(states(updater)).toEqual(['in-force']);
    time = START - 365 * DAY_MS;
    expect(states(await opened())).toEqual(['in-force']);
  });
});

describe('a clock that is far ahead', () => {
  test('ends nothing for good: with the right time and a newer timestamp the order is in force again', async () => {
    await refreshed();
    time = START + 400 * DAY_MS;
    await refreshed(); // every timestamp has expired
    time = START + DAY_MS;
    expect((await opened()).inputs().orders).toEqual([]);
    await publishAt(2, START + DAY_MS);
    expect((await refreshed()).inputs().orders).toHaveLength(1);
  });
  test('delays an announced order by no more than seven days after it is right again', async () => {
    await refreshed();
    time = START + 300 * DAY_MS;
    await world.publish(
      'orders',
      orderTargets(anOrder(START, { surfaces: ['send', 'receive', 'profile'], notAfter: anOrder(END).notAfter })),
      { version: 2, now: time },
    );
    await refreshed();
    time = START;
    const updater = await opened();
    await world.publish('orders', orderTargets(anOrder(START, { surfaces: ['send', 'receive', 'profile'] })), {
      version: 3,
      now: START,
    });
    await refreshed(updater);
    for (const { effectiveFrom } of updater.status().orders)
      expect(Date.parse(effectiveFrom)).toBeLessThanOrEqual(START + 7 * DAY_MS);
  });
  test('on the machine of an authority, it ends nothing for good either', async () => {
    await refreshed();
    await publishAt(2, START + 4_000 * DAY_MS);
    const updater = await refreshed();
    expect(updater.inputs().orders).toEqual([]);
    await publishAt(3, START + DAY_MS);
    await refreshed(updater);
    expect(updater.inputs().orders).toHaveLength(1);
  });
  test('on the machine of a list authority, it does not touch orders of other sources', async () => {
    await refreshed();
    await world.publish('lists', new Map(), { version: 2, now: START + 4_000 * DAY_MS });
    expect((await refreshed()).inputs().orders).toHaveLength(1);
  });
});

describe('a source that is silent', () => {
  const EXPIRES = START + 7 * DAY_MS;
  test('keeps its orders in force for 14 days after its timestamp expired; then they are unknown, and nothing is deleted', async () => {
    await refreshed();
    world.isOffline = true;
    time = EXPIRES + 14 * DAY_MS - 1_000;
    const updater = await refreshed();
    expect(updater.inputs()).toMatchObject({ orders: [{ source: 'orders' }], unknown: [] });
    time = EXPIRES + 14 * DAY_MS + 1_000;
    expect(updater.inputs()).toMatchObject({ orders: [], unknown: [{ source: 'orders' }] });
    expect(stateOf(updater)).toBe('unknown');
    await refreshed(updater);
    expect(await storage.transact(['orders'], (tx) => tx.all('orders'))).toHaveLength(1);
    expect(await storage.transact(['files'], (tx) => tx.all('files'))).toHaveLength(1);
  });
  test('that answers again brings its orders back, without an announcement', async () => {
    await refreshed();
    time = EXPIRES + 15 * DAY_MS;
    await publishAt(2, time);
    const updater = await refreshed();
    expect(updater.inputs()).toMatchObject({ orders: [{ source: 'orders' }], unknown: [] });
  });
  test('whose orders end while they are unknown: they have ended', async () => {
    await refreshed();
    time = END;
    expect((await opened()).inputs()).toMatchObject({ orders: [], unknown: [] });
  });
});
