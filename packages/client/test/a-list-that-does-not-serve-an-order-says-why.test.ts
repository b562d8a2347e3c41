/** The status of a list says why it does not serve an order that names it: its purpose, or an authority that the host does not list. Spec: docs/design/client.md#status */
import type { DetectKnown, Name } from '@lodestone/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { memoryStorage } from '../src/network/storage/memory.ts';
import { anUpdater } from './an-updater.ts';
import { anOrder, known, LIST, orderTargets, World } from './world.ts';

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
