/** Each source commits for itself, a round has a deadline, and what one source may cost is bounded. */
import { LIMITS, type Name, type TargetPath } from '@lodestone/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { memoryStorage } from '../src/network/storage/memory.ts';
import type { Storage } from '../src/network/storage/transaction.ts';
import { ROUND_MS } from '../src/network/updater/state.ts';
import type { Updater } from '../src/network/updater/updater.ts';
import { listTargets } from '../src/testing/authority.ts';
import { anUpdater } from './an-updater.ts';
import { anOrder, orderTargets, TEST_RECORD, World } from './world.ts';

const START = Date.UTC(2026, 10, 24, 8);
let world: World;
let storage: Storage;
let stop: AbortController;

beforeEach(async () => {
  world = await World.create(START);
  storage = memoryStorage();
  stop = new AbortController();
  vi.stubGlobal('fetch', world.fetch);
});
afterEach(() => {
  vi.useRealTimers();
  stop.abort();
  vi.unstubAllGlobals();
});

const opened = (): Promise<Updater> => anUpdater(world, { storage, now: () => START, stop: stop.signal });
async function refreshed(updater?: Updater): Promise<Updater> {
  const one = updater ?? (await opened());
  await one.refresh();
  return one;
}
const errorOf = (updater: Updater, name: string): string | undefined =>
  updater.status().sources.find((source) => source.name === name)?.error?.code;

async function suppress(entry: number, version: number): Promise<void> {
  const targets = listTargets('demo' as Name, [TEST_RECORD], { now: START });
  targets.set(
    'v1/lists/demo/suppression.json' as TargetPath,
    new TextEncoder().encode(JSON.stringify({ schema: 'lodestone/suppression/v1', list: 'demo', entries: [entry] })),
  );
  await world.publish('lists', targets, { version });
}
async function suppressedInStorage(): Promise<Uint32Array | undefined> {
  const updater = await opened();
  const file = updater.inputs().lists[0]?.fileDigest;
  return file && (await updater.listFile(file))?.suppressed;
}

test.each(['provider/metadata/timestamp.json', 'orders/metadata/2.root.json'])(
  'while %s has no answer, another source’s suppression is stored',
  async (held) => {
    const updater = await refreshed();
    await suppress(7, 2);
    const { arrived, release } = world.holdNext(held);
    const round = updater.refresh();
    await arrived;
    await vi.waitFor(async () => expect(await suppressedInStorage()).toEqual(Uint32Array.of(7)), { timeout: 10_000 });
    release();
    await round;
  },
);

test('a long list delays no suppression and no withdrawal, and its round ends without it', async () => {
  const second = anOrder(START, { id: 'second' as Name });
  await world.publish('orders', orderTargets(anOrder(START), second), { version: 2 });
  const updater = await refreshed();
  expect(updater.inputs().orders).toHaveLength(2);
  const { arrived, release } = world.holdNext('2.lode');
  const targets = listTargets('demo' as Name, [{ ...TEST_RECORD, entry: 9 }], { now: START, version: 2 });
  targets.set(
    'v1/lists/demo/suppression.json' as TargetPath,
    new TextEncoder().encode(JSON.stringify({ schema: 'lodestone/suppression/v1', list: 'demo', entries: [7] })),
  );
  await world.publish('lists', targets, { version: 2 });
  const round = updater.refresh();
  await arrived;
  expect(await suppressedInStorage()).toEqual(Uint32Array.of(7)); // on version 1, which stays in force

  await world.publish('orders', orderTargets(anOrder(START)), { version: 3 });
  const nextRound = updater.refresh();
  await vi.waitFor(() => expect(updater.inputs().orders.map(({ order }) => order.id)).toEqual([anOrder(START).id]));
  expect((await opened()).inputs().orders).toHaveLength(1);
  expect(updater.status().lists[0]?.release?.version).toBe(1);
  release();
  await Promise.all([round, nextRound]);
  expect(updater.status().lists[0]?.release?.version).toBe(2);
});

test('a round ends at its deadline, and names the source that did not answer', async () => {
  const updater = await opened();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { arrived } = world.holdNext('lists/metadata/timestamp.json');
  const round = updater.refresh();
  await arrived;
  // The others have ended: keys are the last document that orders require of them.
  while ((await storage.transact(['keys'], (tx) => tx.keys('keys'))).length === 0)
    await new Promise((resolve) => setImmediate(resolve));
  await vi.advanceTimersByTimeAsync(ROUND_MS + 1);
  await round;
  expect(errorOf(updater, 'lists')).toBe('ERR_NETWORK');
  expect(errorOf(updater, 'orders')).toBeUndefined();
  expect(updater.status().orders).toHaveLength(1);
});

test('a source that lists more orders than the limit brings none of them, and its accepted orders stay', async () => {
  const updater = await refreshed();
  const before = world.requests.length;
  const many = Array.from({ length: LIMITS.sourceOrders }, (_, i) => anOrder(START, { id: `order-${i}` as never }));
  await world.publish('orders', orderTargets(anOrder(START), ...many), { version: 2 });
  await refreshed(updater);
  expect(errorOf(updater, 'orders')).toBe('ERR_SIZE');
  expect(updater.inputs().orders).toHaveLength(1);
  expect(world.requests.slice(before).filter(({ url }) => url.includes('/orders/targets/'))).toEqual([]);
});

test('orders up to the limit are accepted', async () => {
  const many = Array.from({ length: LIMITS.sourceOrders }, (_, i) => anOrder(START, { id: `order-${i}` as never }));
  await world.publish('orders', orderTargets(...many), { version: 2 });
  expect((await refreshed()).inputs().orders).toHaveLength(LIMITS.sourceOrders);
});

test('metadata over its limit is refused before it is parsed', async () => {
  for (const [path, limit] of [
    ['orders/metadata/timestamp.json', LIMITS.timestampBytes],
    ['orders/metadata/2.root.json', LIMITS.rootBytes],
  ] as const) {
    world = await World.create(START);
    storage = memoryStorage();
    vi.stubGlobal('fetch', world.fetch);
    world.files.set(path, new Uint8Array(limit + 1).fill(0x20));
    expect(errorOf(await refreshed(), 'orders')).toBe('ERR_SIZE');
  }
});
