/** Two tabs of one storage: a round that is slower than the other tab's changes nothing that the other has accepted. */
import { fromHex, type ListRecord, type Name, type TargetPath } from '@lodestone/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { memoryStorage } from '../src/network/storage/memory.ts';
import type { Storage } from '../src/network/storage/transaction.ts';
import type { Updater } from '../src/network/updater/updater.ts';
import { listTargets } from '../src/testing/authority.ts';
import { anUpdater } from './an-updater.ts';
import { TEST_RECORD, World } from './world.ts';

const START = Date.UTC(2026, 10, 24, 8);
const SECOND: ListRecord = { type: 'pdq', entry: 8, payload: fromHex('f'.repeat(64)) };
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
  stop.abort();
  vi.unstubAllGlobals();
});

const openTab = (): Promise<Updater> => anUpdater(world, { storage, now: () => START, stop: stop.signal });
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** One tab's round waits for an answer while another tab accepts what `publish` publishes; then the answer comes. */
async function overtake(heldRequest: string, publish: () => Promise<void>): Promise<Updater> {
  await (await openTab()).refresh();
  const slow = await openTab();
  const { arrived, release } = world.holdNext(heldRequest);
  const slowRound = slow.refresh();
  await arrived;
  await pause(30); // the slow tab has read everything else
  await publish();
  await (await openTab()).refresh();
  release();
  await slowRound;
  return openTab();
}

test('an order that the faster tab saw withdrawn stays withdrawn', async () => {
  const later = await overtake('provider/metadata/timestamp.json', () =>
    world.publish('orders', new Map(), { version: 2 }),
  );
  expect(later.inputs().orders).toEqual([]);
});

test('an entry that the faster tab saw suppressed stays suppressed, and the list file in force is there', async () => {
  const later = await overtake('provider/metadata/timestamp.json', async () => {
    const targets = listTargets('demo' as Name, [TEST_RECORD, SECOND], { now: START, version: 2 });
    targets.set(
      'v1/lists/demo/suppression.json' as TargetPath,
      new TextEncoder().encode(JSON.stringify({ schema: 'lodestone/suppression/v1', list: 'demo', entries: [7] })),
    );
    await world.publish('lists', targets, { version: 2 });
  });
  const file = later.inputs().lists[0]?.fileDigest;
  expect(later.status().lists[0]?.release?.version).toBe(2);
  expect(file && (await later.listFile(file))?.suppressed).toEqual(Uint32Array.of(7));
});

test('metadata that the faster tab accepted stays, whichever request of the slower round was held', async () => {
  for (const held of ['orders/metadata/timestamp.json', 'orders/metadata/2.root.json']) {
    storage = memoryStorage();
    world = await World.create(START);
    vi.stubGlobal('fetch', world.fetch);
    await overtake(held, () => world.publish('orders', new Map(), { version: 2 }));
    const source = await storage.transact(['sources'], (tx) => tx.get('sources', 'orders'));
    const timestamp: unknown = JSON.parse(new TextDecoder().decode(source?.state.timestamp));
    expect(timestamp).toMatchObject({ signed: { version: 2 } });
  }
});
