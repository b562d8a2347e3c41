/** A list that grows by more than a quarter, in however many releases, and a replaced model are named in the status. */
import type { ListRecord } from '@lodestone/protocol';
import { beforeEach, expect, test, vi } from 'vitest';
import { memoryStorage } from '../src/network/storage/memory.ts';
import type { Updater } from '../src/network/updater/updater.ts';
import { anUpdater } from './an-updater.ts';
import { anOrder, keyTargets, modelTargets, orderTargets, publishedModel, sensitive, World } from './world.ts';

const START = Date.UTC(2026, 10, 24);

let world: World;
let updater: Updater;
beforeEach(async () => {
  world = await World.create(START);
  vi.stubGlobal('fetch', world.fetch);
  const stop = new AbortController();
  updater = await anUpdater(world, { storage: memoryStorage(), now: () => START, stop: stop.signal });
  return () => stop.abort();
});

const rows = (count: number): ListRecord[] =>
  Array.from({ length: count }, (_, i) => ({ type: 'pdq', entry: i + 1, payload: new Uint8Array(32).fill(i + 1) }));

test('growth is counted from the last notice, and a release that is no notice has none', async () => {
  const changes: unknown[] = [];
  for (const [i, count] of [100, 110, 120, 126, 130].entries()) {
    await world.publishList(rows(count), i + 1);
    await updater.refresh();
    changes.push(updater.status().lists[0]?.release?.change);
  }
  const grew = { kind: 'list-grew', from: { version: 1, records: 100 }, to: { version: 4, records: 126 } };
  expect(changes).toEqual([undefined, undefined, undefined, grew, undefined]);
});

test('a replaced model is a notice, and a renewed one is not', async () => {
  await world.publish(
    'orders',
    orderTargets(anOrder(START, { detect: [sensitive({ signal: undefined })], receiver: undefined })),
  );
  const changes: unknown[] = [];
  const models = [{}, { version: 2 }, { version: 3, buckets: [0.01, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] }];
  for (const [i, change] of models.entries()) {
    const targets = new Map([...keyTargets(START), ...modelTargets(publishedModel(START, change))]);
    await world.publish('provider', targets, { version: i + 1 });
    await updater.refresh();
    changes.push(updater.status().models[0]?.release?.change);
  }
  expect(changes).toEqual([undefined, undefined, { kind: 'model-replaced', from: 2, to: 3 }]);
});
