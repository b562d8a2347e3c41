/** The status of a list says why it does not serve an order that names it: its purpose, or a signature that it lacks. Spec: docs/design/client.md#status */
import type { DetectKnown, ListRecord, Name } from '@lodestone/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { memoryStorage } from '../src/network/storage/memory.ts';
import { listTargets } from '../src/testing/authority.ts';
import { anUpdater } from './an-updater.ts';
import { anOrder, known, LIST, orderTargets, TEST_RECORD, World } from './world.ts';

const START = Date.UTC(2026, 10, 24, 8);
let stop: AbortController;
let world: World;
beforeEach(async () => {
  stop = new AbortController();
  world = await World.create(START);
  vi.stubGlobal('fetch', world.fetch);
});
afterEach(() => {
  stop.abort();
  vi.unstubAllGlobals();
});

test.each<[string, Partial<DetectKnown>, missing: boolean, code: string | undefined, says: string]>([
  ['serves the order', {}, false, undefined, ''],
  [
    'has another purpose',
    { purpose: 'other', signal: undefined },
    true,
    'ERR_TRUST_PURPOSE',
    'requires purpose "other"',
  ],
  [
    'lacks the signature of an authority that the host does not list',
    { alsoBy: ['second' as Name] },
    true,
    'ERR_TRUST_POWER',
    'second is not listed',
  ],
])('a list that %s', async (_, change, isMissing, code, says) => {
  const receiver = 'signal' in change ? { receiver: undefined } : {};
  await world.publish(
    'orders',
    orderTargets(
      anOrder(START, { detect: [{ ...known(change), alsoBy: [], purpose: 'verified' }, known(change)], ...receiver }),
    ),
  );
  const updater = await anUpdater(world, { storage: memoryStorage(), now: () => START, stop: stop.signal });
  await updater.refresh();
  const { orders, lists } = updater.status();
  expect(orders.map(({ missing }) => missing)).toEqual([isMissing ? [LIST] : []]);
  expect(lists.map(({ release, error }) => [release?.version, error?.code])).toEqual([[1, code]]);
  expect(lists[0]?.error?.message ?? '').toContain(says);
});

const ofSecond = (records: readonly ListRecord[]): Parameters<World['publish']>[1] =>
  listTargets('demo' as Name, records, { now: START, version: 1 });

test.each<[string, () => Parameters<World['publish']>[1], code: string | undefined, says: string]>([
  ['has signed the same bytes serves the order', () => ofSecond([TEST_RECORD]), undefined, ''],
  ['has signed no such list', () => new Map(), 'ERR_TRUST_MISSING', 'v1/lists/demo/manifest.json'],
  [
    'has signed other bytes',
    () => ofSecond([{ ...TEST_RECORD, entry: 8 }]),
    'ERR_TRUST_DIGEST',
    'second has signed other bytes',
  ],
])('a list of which the second authority %s', async (_, targets, code, says) => {
  await world.publish('lists', ofSecond([TEST_RECORD]), { version: 2 });
  await world.publish('second', targets());
  await world.publish('orders', orderTargets(anOrder(START, { detect: [known({ alsoBy: ['second' as Name] })] })));
  const updater = await anUpdater(world, { storage: memoryStorage(), now: () => START, stop: stop.signal });
  await updater.refresh();
  const { orders, lists } = updater.status();
  expect(orders.map(({ missing }) => missing)).toEqual([code ? [LIST] : []]);
  expect(lists.map(({ error }) => error?.code)).toEqual([code]);
  expect(lists[0]?.error?.message ?? '').toContain(says);
});
