/** Two guards of one storage stand for two tabs: a BroadcastChannel does not deliver to the object that posts. Spec: docs/design/client.md#tabs */
import type { Day, OrderDigest } from '@lodestone/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createGuard, type Guard } from '../src/index.ts';
import { openStorage } from '../src/network/storage/storage.ts';
import { World } from './world.ts';

let world: World;
let name = '';
let guards: Guard[] = [];
/** Less than the 30 s after which a tab reads storage by itself. */
const SOON = { timeout: 10_000 };

beforeEach(async () => {
  name = `tabs ${crypto.randomUUID()}`;
  world = await World.create(Date.now());
  vi.stubGlobal('fetch', world.fetch);
});
afterEach(() => {
  for (const guard of guards) guard.dispose();
  guards = [];
  vi.unstubAllGlobals();
  indexedDB.deleteDatabase(name);
});

function aTab(): Guard {
  const guard = createGuard(world.options({ storageName: name }));
  guards.push(guard);
  return guard;
}

test('an order that one tab acknowledges is acknowledged in the other', async () => {
  const [one, other] = [aTab(), aTab()];
  await Promise.all([one.firstRefresh, other.firstRefresh]);
  const acknowledged = (guard: Guard) => guard.status.orders.map((order) => order.acknowledged);
  await vi.waitFor(() => expect([acknowledged(one), acknowledged(other)]).toEqual([[false], [false]]), SOON);
  await one.acknowledgeOrder(one.status.orders[0]?.orderDigest as OrderDigest);
  await vi.waitFor(() => expect(acknowledged(other)).toEqual([true]), SOON);
});

test('a notice that one tab acknowledges disappears from the other', async () => {
  const storage = await openStorage(name, () => undefined);
  const notice = { account: 'none', orderDigest: 'a'.repeat(64) as OrderDigest, afterDays: 0, id: 'n', due: 1 as Day };
  await storage.transact(['notices'], (tx) => tx.put('notices', 'n', { ...notice, delivery: 'sent' }));
  storage.close();
  const [one, other] = [aTab(), aTab()];
  const ids = (guard: Guard) => guard.status.notices.map(({ id }) => id);
  await vi.waitFor(() => expect([ids(one), ids(other)]).toEqual([['n'], ['n']]), SOON);
  await one.acknowledgeNotice('n');
  await vi.waitFor(() => expect(ids(other)).toEqual([]), SOON);
});
